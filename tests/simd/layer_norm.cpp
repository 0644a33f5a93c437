// SPDX-License-Identifier: MIT
#include <cmath>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/layer_norm.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("layer_norm agrees with its definition in double") {
  const Index rows = GENERATE(0, 1, 2, 37), columns = GENERATE(1, 3, 8, 17, 64, 577);
  const auto dtype = GENERATE(DType::float32, DType::bfloat16);
  const bool with_bias = GENERATE(false, true);
  CAPTURE(rows, columns, name_of(dtype), with_bias);
  const TestMatrix x = random_matrix(rows, columns, 1, 3);
  const StoredMatrix weight = stored_as(dtype, random_matrix(1, columns, 2));
  const StoredMatrix bias = stored_as(dtype, random_matrix(1, columns, 3));
  TestMatrix y(rows, columns, 1);
  simd::layer_norm(x.view(), weight.weight(), with_bias ? bias.weight() : WeightView{}, 1e-5f, y.view());
  for (Index i = 0; i < rows; ++i) {
    double mean = 0, variance = 0;
    for (Index j = 0; j < columns; ++j) mean += static_cast<double>(x(i, j)) / static_cast<double>(columns);
    for (Index j = 0; j < columns; ++j) {
      variance += std::pow(static_cast<double>(x(i, j)) - mean, 2) / static_cast<double>(columns);
    }
    const double scale = 1 / std::sqrt(variance + static_cast<double>(1e-5f));
    for (Index j = 0; j < columns; ++j) {
      const double expected =
          (static_cast<double>(x(i, j)) - mean) * scale * static_cast<double>(weight.rounded(0, j)) +
          (with_bias ? static_cast<double>(bias.rounded(0, j)) : 0.0);
      if (!close(y(i, j), expected, 1e-5 * (1 + std::abs(expected)))) FAIL("element " << i << ", " << j);
    }
  }
}

TEST_CASE("layer_norm computes a row alike in place, alone and with any number of threads") {
  const TestMatrix x = random_matrix(203, 333, 1), weight = random_matrix(1, 333, 2), bias = random_matrix(1, 333, 3);
  const auto normalised = [&](MatrixView<const float> rows) {
    TestMatrix y(rows.rows, rows.columns);
    simd::layer_norm(rows, weight.weight(), bias.weight(), 1e-5f, y.view());
    return y;
  };
  const TestMatrix expected = normalised(x.view());
  require_same_for_all_thread_counts([&] { return normalised(x.view()); });
  for (Index i = 0; i < x.rows; i += 13) {
    REQUIRE(same_bits(normalised(x.view().row_range(i, 1)).view(), expected.view().row_range(i, 1)));
  }
  TestMatrix in_place = copy_of(x.view(), 5);
  simd::layer_norm(in_place.view(), weight.weight(), bias.weight(), 1e-5f, in_place.view());
  REQUIRE(same_bits(in_place.view(), expected.view()));
}

TEST_CASE("layer_norm refuses what does not fit") {
  const TestMatrix x = random_matrix(2, 8, 1), weight = random_matrix(1, 8, 2), other = random_matrix(1, 7, 3);
  TestMatrix y(2, 8), narrow(2, 7);
  REQUIRE_NOTHROW(simd::layer_norm(x.view(), weight.weight(), {}, 1e-5f, y.view()));
  REQUIRE_THROWS_AS(simd::layer_norm(x.view(), other.weight(), {}, 1e-5f, y.view()), OptionError);
  REQUIRE_THROWS_AS(simd::layer_norm(x.view(), weight.weight(), other.weight(), 1e-5f, y.view()), OptionError);
  REQUIRE_THROWS_AS(simd::layer_norm(x.view(), weight.weight(), {}, 1e-5f, narrow.view()), OptionError);
}
