// SPDX-License-Identifier: MIT
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

/// Adds scores of rows to the channels that they belong to: of `rows` rows a unit of `unit` channels, channel c has row
/// c modulo `rows`, shared where there are fewer rows than channels, and every `unit`-th row where there are more.
void add_shared_rows(const std::vector<double>& scores, Index rows, Index unit, std::vector<double>& channels);

/// Means of `width` neighbouring channels.
[[nodiscard]] std::vector<double> mean_groups(const std::vector<double>& channels, Index width);

/// Scores of units by the rows they have in the matrices behind the norm, as MultiPruner's reference takes them: an MLP
/// channel has its rows of gate_proj and up_proj; a key/value group the mean over its query channels c of row c of
/// q_proj and the rows of k_proj and v_proj that c shares. Empty where the axis is absent.
/// @param row_scores  (weight, signal that it reads) → one score a row
template <class RowScores>
[[nodiscard]] std::vector<double> score_input_rows(const Graph& graph, BlockAxis axis, RowScores&& row_scores) {
  const Index width = graph.width(axis), unit = graph.unit_width(axis);
  std::vector<double> channels(static_cast<std::size_t>(width), 0.0);
  const std::span<const Slot> slots = graph.spec(axis.block).kind().slots;
  for (std::size_t slot = 0; slot < slots.size() && width > 0; ++slot) {
    const Slot& info = slots[slot];
    if (!info.linear || info.output || info.rows != Extent::axis || info.axis != axis.axis) continue;
    const WeightView& tensor = graph.tensors(axis.block)[slot];
    if (!tensor) continue;
    const std::vector<double> scores = row_scores(tensor, input_signal(info.input));
    add_shared_rows(scores, static_cast<Index>(scores.size()) / (width / unit), unit, channels);
  }
  return mean_groups(channels, unit);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/detail/unit_sums.ipp>
#endif
