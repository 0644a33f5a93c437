// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/graph/tensor_parts.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE TensorPart part_of(const BlockSpec& block, std::size_t slot, const Choice& choice,
                                      std::string (*tensor_name)(TensorRole, Index)) {
  const std::span<const Slot> slots = block.kind().slots;
  const std::string name = tensor_name(slots[slot].role, block.layer());
  TensorPart part;
  for (std::size_t other = 0; other < slots.size(); ++other) {
    const auto shape = block.shape(other, choice);
    if (!shape || tensor_name(slots[other].role, block.layer()) != name) continue;
    const Index extent = slots[other].is_matrix() ? shape->rows : shape->columns;
    if (other == slot) {
      part.first = part.total;
      part.count = extent;
    }
    part.total += extent;
  }
  return part;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
