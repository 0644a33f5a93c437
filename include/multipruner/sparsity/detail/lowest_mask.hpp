// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <variant>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/detail/lowest.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Removes the weights with the lowest scores from every row, or from every group of a row: exactly as many as the
/// pattern says, rounded down; of equal ones the first.
/// @param score (w, j) gives the score of a weight w in column j; finite
template <class Score>
[[nodiscard]] WeightMask lowest_of_rows(MatrixView<const double> weights, const SparsityPattern& pattern,
                                        Score&& score) {
  const Index columns = weights.columns;
  require_pattern(pattern, columns);
  WeightMask mask(weights.rows, columns);
  for_each_tile(weights.rows, [&](Index first, Index count) {
    std::vector<double> scores(static_cast<std::size_t>(columns));
    std::vector<double> scratch;
    for (Index row = first; row < first + count; ++row) {
      for (Index j = 0; j < columns; ++j) scores[static_cast<std::size_t>(j)] = score(weights.row(row)[j], j);
      if (const auto* unstructured = std::get_if<Unstructured>(&pattern)) {
        for_lowest(scores, removed_count(*unstructured, columns), scratch, [&](Index j) { mask.remove(row, j); });
        continue;
      }
      const auto [removed, group] = std::get<NOfM>(pattern);
      for (Index begin = 0; begin < columns; begin += group) {
        const std::span<double> members(scores.data() + begin, static_cast<std::size_t>(group));
        for_lowest_of_group(members, removed, [&](Index j) { mask.remove(row, begin + j); });
      }
    }
  });
  return mask;
}

/// Scores of the weights in columns [first, first + size) of all rows, in row-major order.
template <class Score>
[[nodiscard]] std::vector<double> scores_of_block(MatrixView<const double> weights, Index first, Index size,
                                                  Score&& score) {
  std::vector<double> scores(static_cast<std::size_t>(weights.rows * size));
  for_each_tile(weights.rows, [&](Index tile, Index rows) {
    for (Index row = tile; row < tile + rows; ++row) {
      for (Index j = 0; j < size; ++j) {
        scores[static_cast<std::size_t>(row * size + j)] = score(weights.row(row)[first + j], first + j);
      }
    }
  });
  return scores;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
