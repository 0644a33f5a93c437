// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/compensation/detail/solved_outputs.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/graph/store_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE BlockView SolvedOutputs::block(BlockId block, const Choice& choice) const {
  BlockView view = narrowed(*graph_, block, choice);
  const Kind& kind = view.spec->kind();
  for (std::size_t axis = 0; axis < kind.axes.size(); ++axis) {
    const bool is_narrower = choice[axis] > 0 && choice[axis] < graph_->width({block, axis});
    const auto slot = kind.output_slot(axis);
    if (is_narrower && slot) view.tensors[*slot] = output({block, axis}, choice[axis]);
  }
  return view;
}

MULTIPRUNER_INLINE WeightView SolvedOutputs::output(BlockAxis axis, Index width) const {
  const Index full = graph_->width(axis);
  if (width <= 0 || width > full) {
    throw OptionError(graph_->label(axis.block),
                      "there are no " + std::to_string(width) + " of its " + std::to_string(full) + " channels",
                      "Ask for a narrower block");
  }
  const WeightView& original = output_matrix(*graph_, axis);
  if (width == full) return original;
  const Key key{axis.block, axis.axis, width};
  if (const Solved* const known = find(key)) return known->weight;
  // Without the lock: a thread that waits for parallel work may take another task that asks for an output, too. Where
  // two solve the same, the bits are the same, and the first one is kept.
  auto solved = std::make_unique<Solved>();
  solved->weight = store_weights(solved->store, solve(axis, original, width).view(), original.dtype);
  const std::lock_guard lock(mutex_);
  return solved_.try_emplace(key, std::move(solved)).first->second->weight;
}

MULTIPRUNER_INLINE const SolvedOutputs::Solved* SolvedOutputs::find(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = solved_.find(key);
  return found == solved_.end() ? nullptr : found->second.get();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
