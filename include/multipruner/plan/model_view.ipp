// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/detail/refuse_choice.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE ModelView::ModelView(const Graph& graph, Plan plan, const NarrowedOutputs* outputs)
    : graph_(&graph), plan_(std::move(plan)), outputs_(outputs) {
  check();
}

MULTIPRUNER_INLINE BlockView ModelView::block(BlockId block) const {
  const BlockSpec& spec = graph_->spec(block);
  BlockView view{&spec, plan_.choice(block), graph_->tensors(block), graph_->shortcut(block)};
  if (view.choice == graph_->present(block)) return view;
  for (std::size_t slot = 0; slot < view.tensors.size(); ++slot) {
    view.tensors[slot] = narrowed(spec, block, slot, view.choice);
  }
  return view;
}

MULTIPRUNER_INLINE Weights ModelView::weights() const {
  Weights weights = graph_->weights();
  for (Index position = 0; position < config().num_blocks(); ++position) {
    weights[BlockId{position}] = block({position}).tensors;
  }
  return weights;
}

MULTIPRUNER_INLINE WeightView ModelView::narrowed(const BlockSpec& spec, BlockId block, std::size_t slot,
                                                  const Choice& choice) const {
  const WeightView& whole = graph_->tensors(block)[slot];
  const auto shape = spec.shape(slot, choice);
  if (!whole || !shape) return {};
  const Slot& info = spec.kind().slots[slot];
  if (outputs_ != nullptr && info.output && info.columns == Extent::axis && shape->columns < whole.columns) {
    return outputs_->output({block, info.axis}, choice[info.axis]);
  }
  return whole.row_range(0, shape->rows).column_range(0, shape->columns);
}

MULTIPRUNER_INLINE void ModelView::check() const {
  if (plan_.num_blocks() != config().num_blocks()) {
    throw OptionError("plan",
                      "it is for " + std::to_string(plan_.num_blocks()) + " blocks, but the model has " +
                          std::to_string(config().num_blocks()),
                      "Use a plan that was made for this model");
  }
  for (Index position = 0; position < plan_.num_blocks(); ++position) {
    const BlockId block{position};
    const Choice &choice = plan_.choice(block), &present = graph_->present(block);
    bool fits = graph_->spec(block).allows(choice);
    for (std::size_t axis = 0; axis < most_axes; ++axis) fits = fits && choice[axis] <= present[axis];
    if (!fits) detail::refuse_choice(graph_->spec(block), choice, present);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
