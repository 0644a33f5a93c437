// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/error.hpp>
#include <multipruner/plan/weight_bytes.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline Index bytes_of(const std::optional<TensorShape>& shape, const WeightView& weight, DType absent) {
  return shape ? shape->rows * shape->columns * size_of(weight ? weight.dtype : absent) : 0;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE Index weight_bytes(const Graph& graph, const Plan& plan) {
  if (plan.num_blocks() != graph.num_blocks()) {
    throw OptionError("plan", "it is for another number of blocks than the model has",
                      "Use a plan that was made for this model");
  }
  const DType absent = graph.embed_tokens().dtype;
  Index total = 0;
  for (std::size_t slot = 0; slot < Ends::slots.size(); ++slot) {
    total += detail::bytes_of(Ends::shape(graph.config(), slot), graph.weights().ends[slot], absent);
  }
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    const Tensors& tensors = graph.tensors(block);
    for (std::size_t slot = 0; slot < tensors.size(); ++slot) {
      total += detail::bytes_of(graph.spec(block).shape(slot, plan.choice(block)), tensors[slot], absent);
    }
    if (const WeightView& shortcut = graph.shortcut(block)) total += shortcut.size() * size_of(shortcut.dtype);
  }
  return total;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
