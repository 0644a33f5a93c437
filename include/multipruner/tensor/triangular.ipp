// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include <Eigen/Core>

#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Unknowns that are eliminated one by one; where there are more, most of the work is in products of matrices.
inline constexpr Index eliminated_one_by_one = 32;

MULTIPRUNER_INLINE void subtract_multiple(double* to, double factor, const double* from, Index count) {
  Eigen::Map<Eigen::ArrayXd>(to, count) -= factor * Eigen::Map<const Eigen::ArrayXd>(from, count);
}

/// x·u = b in place. Unknown by unknown for all rows, which do not wait for each other as the unknowns of a row do.
inline void eliminate_forwards(MatrixView<const double> u, MatrixView<double> x) {
  for (Index k = 0; k < u.rows; ++k) {
    for (Index row = 0; row < x.rows; ++row) {
      double* const values = x.row(row) + k;
      *values /= u.row(k)[k];
      subtract_multiple(values + 1, *values, u.row(k) + k + 1, u.rows - k - 1);
    }
  }
}

/// x·uᵀ = b in place, as above. @param lower  uᵀ
inline void eliminate_backwards(MatrixView<const double> lower, MatrixView<double> x) {
  for (Index k = lower.rows - 1; k >= 0; --k) {
    for (Index row = 0; row < x.rows; ++row) {
      double* const values = x.row(row);
      values[k] /= lower.row(k)[k];
      subtract_multiple(values, values[k], lower.row(k), k);
    }
  }
}

/// @throws OptionError unless u is n × n and x has n columns.
inline void require_system(MatrixView<const double> u, MatrixView<double> x) {
  require_shape(u, u.rows, u.rows, "triangular system", "u");
  require_shape(x, x.rows, u.rows, "triangular system", "x");
}

/// Where a system of n unknowns is cut in two.
[[nodiscard]] inline Index half_of(Index n) {
  return (n / 2 + eliminated_one_by_one - 1) / eliminated_one_by_one * eliminated_one_by_one;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE void solve_rows(MatrixView<const double> u, MatrixView<double> x) {
  detail::require_system(u, x);
  const Index n = u.rows;
  if (n <= detail::eliminated_one_by_one) return detail::eliminate_forwards(u, x);
  const Index half = detail::half_of(n), rest = n - half;
  const MatrixView<double> first = x.column_range(0, half), second = x.column_range(half, rest);
  solve_rows(u.row_range(0, half).column_range(0, half), first);
  add_product(second, -1, first, u.row_range(0, half).column_range(half, rest));
  solve_rows(u.row_range(half, rest).column_range(half, rest), second);
}

MULTIPRUNER_INLINE void solve_rows_transposed(MatrixView<const double> u, MatrixView<double> x) {
  detail::require_system(u, x);
  const Index n = u.rows;
  if (n <= detail::eliminated_one_by_one) {
    std::array<double, detail::eliminated_one_by_one * detail::eliminated_one_by_one> memory;
    const MatrixView<double> lower(memory.data(), n, n);
    transpose(u, lower);
    return detail::eliminate_backwards(lower, x);
  }
  const Index half = detail::half_of(n), rest = n - half;
  const MatrixView<double> first = x.column_range(0, half), second = x.column_range(half, rest);
  solve_rows_transposed(u.row_range(half, rest).column_range(half, rest), second);
  add_product_of_rows(first, -1, second, u.row_range(0, half).column_range(half, rest));
  solve_rows_transposed(u.row_range(0, half).column_range(0, half), first);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
