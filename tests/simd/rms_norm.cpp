// SPDX-License-Identifier: MIT
#include <cmath>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/rms_norm.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

TestMatrix normalised(MatrixView<const float> x, const WeightView& weight) {
  TestMatrix y(x.rows, x.columns);
  simd::rms_norm(x, weight, 1e-5f, y.view());
  return y;
}

}  // namespace

TEST_CASE("rms_norm agrees with its definition in double") {
  const Index rows = GENERATE(0, 1, 2, 37), columns = GENERATE(1, 3, 7, 8, 9, 16, 17, 64, 577);
  const auto dtype = GENERATE(DType::float32, DType::bfloat16, DType::float16);
  CAPTURE(rows, columns, name_of(dtype));
  TestMatrix x = random_matrix(rows, columns, 1, 3);
  if (rows > 1) std::fill_n(x.view().row(1), columns, 0.0f);
  const StoredMatrix weight = stored_as(dtype, random_matrix(1, columns, 2));
  TestMatrix y(rows, columns, 1);
  simd::rms_norm(x.view(), weight.weight(), 1e-5f, y.view());
  for (Index i = 0; i < rows; ++i) {
    double squares = 0;
    for (Index j = 0; j < columns; ++j) squares += std::pow(static_cast<double>(x(i, j)), 2);
    const double scale = 1 / std::sqrt(squares / static_cast<double>(columns) + static_cast<double>(1e-5f));
    for (Index j = 0; j < columns; ++j) {
      const double expected = static_cast<double>(x(i, j)) * scale * static_cast<double>(weight.rounded(0, j));
      if (!close(y(i, j), expected, 1e-6 * std::abs(expected))) FAIL("element " << i << ", " << j);
    }
  }
}

TEST_CASE("rms_norm computes a row alike in place, alone, strided and with any number of threads") {
  const TestMatrix x = random_matrix(203, 333, 1), weight = random_matrix(1, 333, 2);
  const TestMatrix expected = normalised(x.view(), weight.weight());
  require_same_for_all_thread_counts([&] { return normalised(x.view(), weight.weight()); });
  for (Index i = 0; i < x.rows; i += 13) {
    const TestMatrix alone = normalised(x.view().row_range(i, 1), weight.weight());
    REQUIRE(same_bits(alone.view(), expected.view().row_range(i, 1)));
  }
  TestMatrix in_place = copy_of(x.view(), 5);
  simd::rms_norm(in_place.view(), weight.weight(), 1e-5f, in_place.view());
  REQUIRE(same_bits(in_place.view(), expected.view()));
}

TEST_CASE("rms_norm confines special values to their row") {
  TestMatrix x = random_matrix(4, 19, 1);
  const TestMatrix weight = random_matrix(1, 19, 2);
  const TestMatrix expected = normalised(x.view(), weight.weight());
  x(1, 18) = std::numeric_limits<float>::quiet_NaN();
  x(2, 0) = std::numeric_limits<float>::infinity();
  const TestMatrix y = normalised(x.view(), weight.weight());
  REQUIRE(same_bits(y.view().row_range(0, 1), expected.view().row_range(0, 1)));
  REQUIRE(same_bits(y.view().row_range(3, 1), expected.view().row_range(3, 1)));
  for (Index j = 0; j < 19; ++j) REQUIRE(std::isnan(y(1, j)));
  REQUIRE(std::isnan(y(2, 0)));
  for (Index j = 1; j < 19; ++j) REQUIRE(y(2, j) == 0);
}

TEST_CASE("rms_norm refuses operands whose shapes disagree") {
  const TestMatrix x = random_matrix(2, 3, 1), weight = random_matrix(1, 4, 2);
  TestMatrix y(2, 3);
  REQUIRE_THROWS_AS(simd::rms_norm(x.view(), weight.weight(), 0, y.view()), OptionError);
  REQUIRE_THROWS_AS(simd::rms_norm(x.view(), weight.weight().column_range(0, 3), 0, y.view().row_range(0, 1)),
                    OptionError);
}

TEST_CASE("rms_norm with an offset is one with the sum as its weight") {
  const TestMatrix x = random_matrix(7, 45, 1), weight = random_matrix(1, 45, 2);
  TestMatrix sum = weight, with_offset(7, 45);
  for (Index j = 0; j < 45; ++j) sum(0, j) += 1;
  simd::rms_norm(x.view(), weight.weight(), 1e-5f, with_offset.view(), 1);
  REQUIRE(same_bits(with_offset.view(), normalised(x.view(), sum.weight()).view()));
}
