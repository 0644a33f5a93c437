// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <string>

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE Index WeightMask::count(Index row) const {
  Index total = 0;
  for (const std::uint64_t word : row_words(row)) total += std::popcount(word);
  return total;
}

MULTIPRUNER_INLINE Index WeightMask::count() const {
  Index total = 0;
  for (const std::uint64_t word : words_) total += std::popcount(word);
  return total;
}

MULTIPRUNER_INLINE void WeightMask::removed_columns(Index row, Index first, Index size,
                                                    std::vector<Index>& columns) const {
  columns.clear();
  require_range(first, size, columns_, "weight mask", "columns");
  for (Index i = 0; i < size; ++i) {
    if (removed(row, first + i)) columns.push_back(i);
  }
}

MULTIPRUNER_INLINE void WeightMask::kept_columns(Index row, Index first, Index size,
                                                 std::vector<Index>& columns) const {
  columns.clear();
  require_range(first, size, columns_, "weight mask", "columns");
  for (Index i = 0; i < size; ++i) {
    if (!removed(row, first + i)) columns.push_back(i);
  }
}

MULTIPRUNER_INLINE std::span<const std::uint64_t> WeightMask::row_words(Index row) const {
  require_index(row, rows_, "weight mask", "row");
  return {words_.data() + row * words_per_row_, static_cast<std::size_t>(words_per_row_)};
}

MULTIPRUNER_INLINE std::size_t WeightMask::position(Index row, Index column) const {
  require_index(row, rows_, "weight mask", "row");
  require_index(column, columns_, "weight mask", "column");
  return static_cast<std::size_t>(row * words_per_row_ + column / bits);
}

MULTIPRUNER_INLINE void require_mask(MatrixView<const double> weights, const WeightMask& mask) {
  require_view(weights, "weight mask", "the weight");
  if (mask.rows() == weights.rows && mask.columns() == weights.columns) return;
  throw OptionError("weight mask",
                    "it is " + std::to_string(mask.rows()) + " × " + std::to_string(mask.columns()) +
                        ", and the weights are " + std::to_string(weights.rows) + " × " +
                        std::to_string(weights.columns),
                    "Give a mask of these weights");
}

MULTIPRUNER_INLINE void remove_masked(MatrixView<double> weights, const WeightMask& mask) {
  require_mask(weights, mask);
  parallel_for(weights.rows, [&](Index row) {
    for (Index j = 0; j < weights.columns; ++j) {
      if (mask.removed(row, j)) weights.row(row)[j] = 0;
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
