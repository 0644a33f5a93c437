// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/detail/narrow.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::test {

/// A float matrix that owns its memory. What lies between the rows is NaN, so that whoever reads it is found
/// out.
struct TestMatrix {
  Index rows, columns, stride;
  std::vector<float> values;

  TestMatrix(Index rows_, Index columns_, Index gap = 0)
      : rows(rows_),
        columns(columns_),
        stride(columns_ + gap),
        values(static_cast<std::size_t>(rows * stride) + 1, std::numeric_limits<float>::quiet_NaN()) {}

  [[nodiscard]] float& operator()(Index i, Index j) { return values[static_cast<std::size_t>(i * stride + j)]; }
  [[nodiscard]] float operator()(Index i, Index j) const { return values[static_cast<std::size_t>(i * stride + j)]; }
  [[nodiscard]] MatrixView<float> view() { return {values.data(), rows, columns, stride}; }
  [[nodiscard]] MatrixView<const float> view() const { return {values.data(), rows, columns, stride}; }
  [[nodiscard]] WeightView weight() const { return {values.data(), DType::float32, rows, columns, stride}; }
};

[[nodiscard]] inline TestMatrix random_matrix(Index rows, Index columns, unsigned seed, Index gap = 0) {
  TestMatrix matrix(rows, columns, gap);
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) matrix(i, j) = normal(generator);
  }
  return matrix;
}

[[nodiscard]] inline TestMatrix copy_of(MatrixView<const float> source, Index gap = 0) {
  TestMatrix copy(source.rows, source.columns, gap);
  for (Index i = 0; i < source.rows; ++i) std::copy_n(source.row(i), source.columns, copy.view().row(i));
  return copy;
}

/// A matrix rounded to a stored type; `rounded` holds the same values as floats.
struct StoredMatrix {
  TestMatrix rounded;
  DType dtype;
  std::vector<std::uint16_t> halves;

  [[nodiscard]] WeightView weight() const {
    if (dtype == DType::float32) return rounded.weight();
    return {halves.data(), dtype, rounded.rows, rounded.columns, rounded.stride};
  }
};

[[nodiscard]] inline StoredMatrix stored_as(DType dtype, TestMatrix matrix) {
  StoredMatrix stored{std::move(matrix), dtype, {}};
  for (float& value : stored.rounded.values) {
    if (dtype == DType::bfloat16) {
      const auto half = simd::detail::narrow<BFloat16>(value);
      stored.halves.push_back(half.bits);
      value = to_float(half);
    } else if (dtype == DType::float16) {
      const auto half = simd::detail::narrow<Float16>(value);
      stored.halves.push_back(half.bits);
      value = to_float(half);
    }
  }
  return stored;
}

/// Whether two matrices of the same shape hold the same bits (any NaN is like any other).
[[nodiscard]] inline bool same_bits(MatrixView<const float> a, MatrixView<const float> b) {
  if (a.rows != b.rows || a.columns != b.columns) return false;
  for (Index i = 0; i < a.rows; ++i) {
    for (Index j = 0; j < a.columns; ++j) {
      const float left = a.row(i)[j], right = b.row(i)[j];
      if (left != left && right != right) continue;
      if (std::bit_cast<std::uint32_t>(left) != std::bit_cast<std::uint32_t>(right)) return false;
    }
  }
  return true;
}

/// Whether a float is as close to an expected value as `tolerance`, or equally infinite or NaN.
[[nodiscard]] inline bool close(float value, double expected, double tolerance) {
  if (expected != expected) return value != value;
  if (expected - expected != 0) return static_cast<double>(value) == expected;
  return std::abs(static_cast<double>(value) - expected) <= tolerance;
}

/// Calls `compute`, which returns a TestMatrix, with 1, 2, 3 and 4 threads and requires the same bits from all.
template <class Compute>
void require_same_for_all_thread_counts(Compute&& compute) {
  const TestMatrix expected = ThreadArena(1).execute(compute);
  for (int threads = 2; threads <= 4; ++threads) {
    INFO(threads << " threads");
    REQUIRE(same_bits(ThreadArena(threads).execute(compute).view(), expected.view()));
  }
}

}  // namespace multipruner::test
