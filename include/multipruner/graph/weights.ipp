// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/graph/weights.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE Weights::Weights(const ModelConfig& config)
    : ends(Ends::slots.size()), shortcuts(static_cast<std::size_t>(config.num_blocks())) {
  for (const BlockSpec& block : config.blocks) blocks.emplace_back(block.kind().slots.size());
}

MULTIPRUNER_INLINE std::size_t Weights::checked(BlockId block) const {
  require_index(block.position, static_cast<Index>(blocks.size()), "weights", "block");
  return static_cast<std::size_t>(block.position);
}

MULTIPRUNER_INLINE std::vector<Index> TensorPlace::extents(TensorShape shape) const {
  if (slot->is_matrix()) return {shape.rows, shape.columns};
  return {shape.columns};
}

MULTIPRUNER_INLINE bool is_present(const Kind& kind, const Tensors& tensors) {
  for (std::size_t slot = 0; slot < tensors.size(); ++slot) {
    if (tensors[slot] && !kind.slots[slot].stays) return true;
  }
  return false;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
