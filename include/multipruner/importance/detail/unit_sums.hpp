#pragma once

#include <algorithm>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// For every row of a weight the sum of term(entry, column), in the order of the columns.
template <class Term>
[[nodiscard]] std::vector<double> sum_rows(const WeightView& weight, Term&& term) {
  std::vector<double> sums(static_cast<std::size_t>(weight.rows), 0.0);
  weight.visit([&](const auto matrix) {
    parallel_for(matrix.rows, [&](Index row) {
      double sum = 0;
      for (Index i = 0; i < matrix.columns; ++i) sum += term(static_cast<double>(to_float(matrix.row(row)[i])), i);
      sums[static_cast<std::size_t>(row)] = sum;
    });
  });
  return sums;
}

/// For every column of a weight the sum of term(entry), in the order of the rows.
template <class Term>
[[nodiscard]] std::vector<double> sum_columns(const WeightView& weight, Term&& term) {
  constexpr Index columns_per_task = 64;
  std::vector<double> sums(static_cast<std::size_t>(weight.columns), 0.0);
  weight.visit([&](const auto matrix) {
    parallel_for((matrix.columns + columns_per_task - 1) / columns_per_task, [&](Index task) {
      const Index first = task * columns_per_task, last = std::min(matrix.columns, first + columns_per_task);
      for (Index row = 0; row < matrix.rows; ++row) {
        for (Index i = first; i < last; ++i) {
          sums[static_cast<std::size_t>(i)] += term(static_cast<double>(to_float(matrix.row(row)[i])));
        }
      }
    });
  });
  return sums;
}

/// ‖W_:j‖² of every column j.
[[nodiscard]] std::vector<double> squared_column_norms(const WeightView& weight);

/// Sums of `width` neighbouring channels.
[[nodiscard]] std::vector<double> sum_groups(const std::vector<double>& channels, Index width);

/// Means of `width` neighbouring channels.
[[nodiscard]] std::vector<double> mean_groups(const std::vector<double>& channels, Index width);

/// Scores of units by the rows they have in the matrices behind the norm, as MultiPruner's reference takes them: an MLP
/// channel has its rows of gate_proj and up_proj; a key/value group the mean over its query channels c of row c of
/// q_proj and the rows of k_proj and v_proj that c shares. Empty where the block is absent.
/// @param row_scores  (weight) → one score a row
template <class RowScores>
[[nodiscard]] std::vector<double> score_input_rows(const Graph& graph, BlockId block, RowScores&& row_scores) {
  const LayerWeights& layer = graph.layer(block.layer);
  if (graph.width(block) == 0) return {};
  if (block.kind == BlockKind::mlp) {
    std::vector<double> scores = row_scores(layer.mlp->gate_proj);
    const std::vector<double> up = row_scores(layer.mlp->up_proj);
    for (std::size_t j = 0; j < scores.size(); ++j) scores[j] += up[j];
    return scores;
  }
  std::vector<double> channels = row_scores(layer.attention->q_proj);
  const std::vector<double> k = row_scores(layer.attention->k_proj), v = row_scores(layer.attention->v_proj);
  const auto head_dim = static_cast<std::size_t>(graph.config().head_dim);
  const auto group_width = static_cast<std::size_t>(graph.config().group_width());
  for (std::size_t channel = 0; channel < channels.size(); ++channel) {
    const std::size_t shared = channel / group_width * head_dim + channel % head_dim;
    channels[channel] = channels[channel] + k[shared] + v[shared];
  }
  return mean_groups(channels, graph.config().group_width());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/detail/unit_sums.ipp>
#endif
