// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <numeric>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/compensation/masked_outputs.hpp>
#include <multipruner/compensation/masked_ridge_columns.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/tensor/all_finite.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

MULTIPRUNER_INLINE MaskedOutputs::MaskedOutputs(const Graph& graph, const ModelStatistics& statistics, double ridge,
                                                MaskedSolveOptions options)
    : SolvedOutputs(graph),
      ridge_(ridge),
      identity_("masked outputs, ridge " + exact_text(ridge) + ", text " + statistics.origin().windows),
      options_(options),
      outputs_(static_cast<std::size_t>(graph.config().num_blocks())) {
  for (Index position = 0; position < graph.config().num_blocks(); ++position) {
    const BlockId block{position};
    for (std::size_t axis = 0; axis < graph.spec(block).kind().axes.size(); ++axis) {
      if (!has_output(graph, {block, axis})) continue;
      const Index width = graph.width({block, axis});
      const WeightView& weight = output_matrix(graph, {block, axis});
      Output& made = outputs_[static_cast<std::size_t>(position)][axis];
      made.gram = copied(statistics.gram(block, output_input(graph, {block, axis}), width).matrix());
      if (!all_finite(made.gram.view())) {
        throw DataError(graph.label(block), "its Gram matrix is not finite",
                        "Check the weights and the text the activations came from");
      }
      static_cast<void>(damping_of(made.gram.view(), ridge));
      made.zeros = mask_of(weight).value_or(WeightMask(weight.rows, weight.columns));
    }
  }
}

MULTIPRUNER_INLINE WeightMatrix MaskedOutputs::solve(BlockAxis axis, const WeightView& original, Index width) const {
  const Output& given = outputs_[static_cast<std::size_t>(axis.block.position)][axis.axis];
  std::vector<Index> kept(static_cast<std::size_t>(width));
  std::iota(kept.begin(), kept.end(), Index{0});
  return masked_ridge_columns(to_weight_matrix(original).view(), given.zeros, given.gram.view(), kept, ridge_, options_)
      .weight;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
