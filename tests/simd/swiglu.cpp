// SPDX-License-Identifier: MIT
#include <cmath>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/swiglu.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

double silu(double z) {
  return z / (1 + std::exp(-z));
}

TestMatrix gated(TestMatrix gate, const TestMatrix& up) {
  simd::silu_multiply(gate.view(), up.view());
  return gate;
}

}  // namespace

TEST_CASE("silu_multiply agrees with its definition in double") {
  const Index rows = GENERATE(0, 1, 5), columns = GENERATE(0, 1, 7, 8, 9, 31, 515);
  CAPTURE(rows, columns);
  TestMatrix gate = random_matrix(rows, columns, 1, 2);
  for (float& value : gate.values) value *= 8;
  const TestMatrix up = random_matrix(rows, columns, 2, 3);
  const TestMatrix y = gated(gate, up);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      const double expected = silu(static_cast<double>(gate(i, j))) * static_cast<double>(up(i, j));
      if (!close(y(i, j), expected, 1e-6 * std::abs(expected))) FAIL("element " << i << ", " << j);
    }
  }
}

TEST_CASE("silu_multiply computes an element alike at every place and with any number of threads") {
  const TestMatrix gate = random_matrix(97, 401, 1), up = random_matrix(97, 401, 2);
  require_same_for_all_thread_counts([&] { return gated(gate, up); });
  const TestMatrix expected = gated(gate, up);
  for (Index first = 0; first < 40; ++first) {
    const auto part = [&](const TestMatrix& m) {
      return copy_of(m.view().row_range(5, 3).column_range(first, 11), first);
    };
    REQUIRE(same_bits(gated(part(gate), part(up)).view(), expected.view().row_range(5, 3).column_range(first, 11)));
  }
}

TEST_CASE("silu_multiply treats special values like the formula") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> inputs{0.0f,    -0.0f, infinity, -infinity, nan,    1e-42f,
                                  -1e-42f, 3e38f, -3e38f,   90.0f,     -90.0f, -80.0f};
  TestMatrix gate(1, static_cast<Index>(inputs.size())), up(1, gate.columns);
  for (Index j = 0; j < gate.columns; ++j) gate(0, j) = inputs[static_cast<std::size_t>(j)], up(0, j) = 1;
  const TestMatrix y = gated(gate, up);
  for (Index j = 0; j < gate.columns; ++j) {
    CAPTURE(gate(0, j), y(0, j));
    const double expected = silu(static_cast<double>(gate(0, j)));
    REQUIRE(close(y(0, j), expected, std::max(1e-6 * std::abs(expected), 1e-36)));
  }
}

TEST_CASE("silu_multiply refuses operands whose shapes disagree") {
  TestMatrix gate = random_matrix(2, 3, 1);
  REQUIRE_THROWS_AS(simd::silu_multiply(gate.view(), random_matrix(2, 4, 2).view()), OptionError);
  REQUIRE_THROWS_AS(simd::silu_multiply(gate.view(), random_matrix(1, 3, 2).view()), OptionError);
}
