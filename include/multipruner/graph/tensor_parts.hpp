// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// Where a slot lies in a tensor of a checkpoint: all of it, or, where a family gives several slots of a block one
/// name, the part that begins behind those before it in the slot table. Matrices lie one behind the other by rows,
/// vectors by entries.
struct TensorPart {
  Index first = 0, count = 0;  ///< rows, or entries
  Index total = 0;             ///< of the whole tensor

  [[nodiscard]] bool is_whole() const { return count == total; }
};

/// The part of a slot that a choice leaves, which the model has.
/// @param tensor_name  of the family
[[nodiscard]] TensorPart part_of(const BlockSpec& block, std::size_t slot, const Choice& choice,
                                 std::string (*tensor_name)(TensorRole, Index));

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/tensor_parts.ipp>
#endif
