// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/detail/require_choice.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE ModelView::ModelView(const Graph& graph, Plan plan, const BlockSource* source)
    : graph_(&graph), plan_(std::move(plan)), source_(source) {
  check();
}

MULTIPRUNER_INLINE BlockView ModelView::block(BlockId block) const {
  const Choice& choice = plan_.choice(block);
  const bool is_narrower = choice != graph_->present(block) && !plan_.removed(block);
  return source_ != nullptr && is_narrower ? source_->block(block, choice) : narrowed(*graph_, block, choice);
}

MULTIPRUNER_INLINE Weights ModelView::weights() const {
  Weights weights = graph_->weights();
  for (Index position = 0; position < config().num_blocks(); ++position) {
    weights[BlockId{position}] = block({position}).tensors;
  }
  return weights;
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
    detail::require_choice(graph_->spec(block), plan_.choice(block), graph_->present(block));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
