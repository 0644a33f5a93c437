// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/geglu.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

double gelu(double z) {
  return z / 2 * std::erfc(-z / std::numbers::sqrt2);
}

double gelu_tanh(double z) {
  return z / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (z + 0.044715 * z * z * z)));
}

using Multiply = void (*)(MatrixView<float>, MatrixView<const float>);

TestMatrix gated(Multiply multiply, TestMatrix gate, const TestMatrix& up) {
  multiply(gate.view(), up.view());
  return gate;
}

}  // namespace

TEST_CASE("both forms of gelu agree with their definitions in double") {
  const Index rows = GENERATE(0, 1, 5), columns = GENERATE(0, 1, 7, 8, 9, 31, 515);
  CAPTURE(rows, columns);
  TestMatrix gate = random_matrix(rows, columns, 1, 2);
  for (float& value : gate.values) value *= 3;
  const TestMatrix up = random_matrix(rows, columns, 2, 3);
  const TestMatrix exact = gated(simd::gelu_multiply, gate, up), tanh = gated(simd::gelu_tanh_multiply, gate, up);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) {
      const double z = static_cast<double>(gate(i, j)), factor = static_cast<double>(up(i, j));
      CAPTURE(z, factor);
      if (!close(exact(i, j), gelu(z) * factor, 1e-6 * std::abs(factor))) FAIL("exact, element " << i << ", " << j);
      if (!close(tanh(i, j), gelu_tanh(z) * factor, 1e-6 * std::abs(factor))) FAIL("tanh, element " << i << ", " << j);
    }
  }
}

TEST_CASE("both forms of gelu compute an element alike at every place and with any number of threads") {
  const Multiply multiply = GENERATE(Multiply{simd::gelu_multiply}, Multiply{simd::gelu_tanh_multiply});
  const TestMatrix gate = random_matrix(97, 401, 1), up = random_matrix(97, 401, 2);
  require_same_for_all_thread_counts([&] { return gated(multiply, gate, up); });
  const TestMatrix expected = gated(multiply, gate, up);
  for (Index first = 0; first < 40; ++first) {
    const auto part = [&](const TestMatrix& m) {
      return copy_of(m.view().row_range(5, 3).column_range(first, 11), first);
    };
    REQUIRE(same_bits(gated(multiply, part(gate), part(up)).view(),
                      expected.view().row_range(5, 3).column_range(first, 11)));
  }
}

TEST_CASE("both forms of gelu refuse operands whose shapes disagree") {
  TestMatrix gate = random_matrix(2, 3, 1);
  REQUIRE_THROWS_AS(simd::gelu_multiply(gate.view(), random_matrix(2, 4, 2).view()), OptionError);
  REQUIRE_THROWS_AS(simd::gelu_tanh_multiply(gate.view(), random_matrix(1, 3, 2).view()), OptionError);
}
