// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/store.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The largest part of a result that an operand is good at computing in one go.
struct BlockLimits {
  Index rows, columns;
};

/// Where a product goes and what it meets there: y = (sum of the first block of k + bias) + old y, and then the sums of
/// the further blocks one after the other.
struct Output {
  MatrixView<float> y;
  const float* bias = nullptr;  ///< one a column of y, or null
  Store store = Store::overwrite;

  [[nodiscard]] Output part(Index row, Index rows, Index column, Index columns) const {
    return {y.row_range(row, rows).column_range(column, columns), bias == nullptr ? nullptr : bias + column, store};
  }

  /// Asks for the elements that a register tile will meet, while its products are being summed.
  void prefetch(Index row, Index rows, Index column) const {
    for (Index i = 0; i < rows; ++i) {
      __builtin_prefetch(y.row(row + i) + column, 1);
      __builtin_prefetch(y.row(row + i) + column + 16, 1);
    }
  }

  /// `rows` rows of a register tile, at a place of y.
  void put(Index row, Index rows, Index column, const StoredSums& sums, bool first_block) const {
    with_put(column, tile_columns, first_block, [&](auto put_lanes) {
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < tile_columns; j += lanes) {
          put_lanes(row + i, column + j, Batch::load_aligned(sums.data() + i * tile_columns + j));
        }
      }
    });
  }

  /// The upper rows of a register tile whose columns are every `apart`-th of y from `first` on.
  void put_apart(Index rows, Index first, Index apart, const StoredSums& sums, bool first_block) const {
    const Index columns = std::min(tile_columns, ceil_divide(y.columns - first, apart));
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < columns; ++j) {
        const Index column = first + j * apart;
        float& target = y.row(i)[column];
        float value = sums[static_cast<std::size_t>(i * tile_columns + j)];
        if (first_block && bias != nullptr) value += bias[column];
        target = !first_block || store == Store::add ? target + value : value;
      }
    }
  }

  /// Calls f with a function of (row, column, sums) that puts sums where they belong, for use in the given columns.
  /// Where these are whole and there is no bias, which is nearly always, it has nothing left to decide.
  template <class F>
  void with_put(Index column, Index columns, bool first_block, F&& f) const {
    if (column + columns > y.columns || (first_block && bias != nullptr)) {
      return f([&](Index row, Index at, const Batch& sums) { put(row, at, sums, first_block); });
    }
    if (first_block && store == Store::overwrite) {
      return f([&](Index row, Index at, const Batch& sums) { sums.store_unaligned(y.row(row) + at); });
    }
    f([&](Index row, Index at, const Batch& sums) {
      float* const target = y.row(row) + at;
      (Batch::load_unaligned(target) + sums).store_unaligned(target);
    });
  }

  /// Lanes column … column + lanes − 1 of a row; what lies beyond the last column is dropped.
  void put(Index row, Index column, const Batch& sum, bool first_block) const {
    const Index left = y.columns - column;
    if (left <= 0) return;
    float* target = y.row(row) + column;
    Batch value = sum;
    if (first_block && bias != nullptr) value += load_first(bias + column, left);
    if (!first_block || store == Store::add) value = load_first(target, left) + value;
    store_first(value, target, left);
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
