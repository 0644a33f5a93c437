#pragma once

#include <algorithm>
#include <array>

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/weight_columns.hpp>

namespace multipruner::simd::detail {

/// Up to so many rows of x go through multiply_few_rows.
inline constexpr Index few_rows = 2;

/// So many rows of the weight are read side by side. With more, rows whose stride is a power of two would
/// evict each other from the first-level cache.
inline constexpr Index strip_rows = 8;

/// Sums of products of Rows rows of x with a strip of the weight.
template <Index Rows>
using StripSums = std::array<std::array<Quad, strip_rows / 4>, Rows>;

/// The sums over one block of k of up to strip_rows weight rows: the same chains as micro_kernel makes.
template <Index Rows, class Scalar>
[[nodiscard]] StripSums<Rows> multiply_strip(MatrixView<const float> x, MatrixView<const Scalar> weight) {
  constexpr Index step = FourRows<Scalar>::step, groups = strip_rows / 4;
  const std::array<FourRows<Scalar>, groups> fours{FourRows<Scalar>(weight, 0), FourRows<Scalar>(weight, 4)};
  StripSums<Rows> sums;
  for (auto& row : sums) row.fill(Quad(0.0f));
  const auto add = [&](auto i, auto g, Index k, const Quad& column) {
    sums[i][g] = fused_multiply_add(Quad(x.data[i * x.stride + k]), column, sums[i][g]);
  };

  const Index whole = weight.columns / step * step, rest = weight.columns - whole;
  for (Index k = 0; k < whole; k += step) {
    unrolled<groups>([&](auto g) {
      const auto columns = fours[g].columns(k);
      unrolled<step>([&](auto e) { unrolled<Rows>([&](auto i) { add(i, g, k + e, columns[e]); }); });
    });
  }
  if (rest == 0) return sums;
  unrolled<groups>([&](auto g) {
    const auto columns = fours[g].columns(whole, rest);
    for (Index e = 0; e < rest; ++e) {
      unrolled<Rows>([&](auto i) { add(i, g, whole + e, columns[static_cast<std::size_t>(e)]); });
    }
  });
  return sums;
}

/// c = x · weightᵀ on one thread for x of Rows rows; c is aligned scratch of Rows × round_up(weight.rows,
/// tile_columns).
///
/// The same bits as pack_panel and micro_kernel give together, without the panel in between: with so few rows
/// the time goes into reading the weight, and each element of it is needed only once or twice.
template <Index Rows, class Scalar>
void multiply_few_rows(MatrixView<const float> x, MatrixView<const Scalar> weight, MatrixView<float> c) {
  for (Index first = 0; first < weight.rows; first += strip_rows) {
    const auto strip = weight.row_range(first, std::min(strip_rows, weight.rows - first));
    StripSums<Rows> totals;
    for (Index k = 0; k < weight.columns; k += depth_block) {
      const Index depth = std::min(depth_block, weight.columns - k);
      const auto sums = multiply_strip<Rows>(x.column_range(k, depth), strip.column_range(k, depth));
      unrolled<Rows * strip_rows / 4>([&](auto n) {
        constexpr Index i = n % Rows, g = n / Rows;
        totals[i][g] = k == 0 ? sums[i][g] : totals[i][g] + sums[i][g];
      });
    }
    unrolled<Rows * strip_rows / 4>([&](auto n) {
      constexpr Index i = n % Rows, g = n / Rows;
      totals[i][g].store_aligned(c.row(i) + first + 4 * g);
    });
  }
}

}  // namespace multipruner::simd::detail
