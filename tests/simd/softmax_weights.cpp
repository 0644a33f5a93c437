// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <vector>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/softmax_weights.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("softmax_weights agree with their definition in double") {
  const Index count = GENERATE(0, 1, 7, 8, 9, 31, 515);
  const double temperature = GENERATE(0.5, 1.0, 3.0);
  CAPTURE(count, temperature);
  const TestMatrix random = random_matrix(1, count, 1, 20);
  const std::vector<float> logits(random.view().row(0), random.view().row(0) + count);
  std::vector<float> weights = logits;
  simd::softmax_weights(weights, temperature);
  const double most = count > 0 ? static_cast<double>(*std::ranges::max_element(logits)) : 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double exponent = (static_cast<double>(logits[i]) - most) / temperature;
    // The exponent is rounded to float, and its error becomes a relative one of the result.
    REQUIRE(std::abs(static_cast<double>(weights[i]) - std::exp(exponent)) <=
            1e-6 * (1 + std::abs(exponent)) * std::exp(exponent));
  }
  if (count > 0) CHECK(*std::ranges::max_element(weights) == 1);
}

TEST_CASE("softmax_weights of ever lower temperatures are those of the largest logits alone") {
  std::vector<float> logits{1, 3, 2, 3};
  simd::softmax_weights(logits, 1e-300);
  CHECK(logits == std::vector<float>{0, 1, 0, 1});
}

TEST_CASE("softmax_weights refuse temperatures of which nothing can be drawn") {
  std::vector<float> logits{1, 2};
  CHECK_THROWS_AS(simd::softmax_weights(logits, 0), OptionError);
  CHECK_THROWS_AS(simd::softmax_weights(logits, -1), OptionError);
  CHECK_THROWS_AS(simd::softmax_weights(logits, std::nan("")), OptionError);
  CHECK(logits == std::vector<float>{1, 2});
}
