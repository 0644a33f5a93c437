// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/tensor_role.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// Where a graph came from: what is needed to speak of its tensors by their names and to write it out again.
struct Origin {
  std::filesystem::path directory;                          ///< a Hugging Face model folder; empty if there is none
  std::string (*tensor_name)(TensorRole, Index) = nullptr;  ///< of the architecture; null if there is none
  std::vector<BlockId> removal_order{};  ///< of blocks that the checkpoint lacks, first removed first, as far as known
  bool (*is_transposed)(TensorRole) = nullptr;  ///< which matrices the checkpoint keeps as in × out; null if none

  /// The name of the folder, without the path to it.
  [[nodiscard]] std::string name() const;

  /// The name of a tensor in its checkpoint, or a description if there is no checkpoint.
  [[nodiscard]] std::string label(TensorRole role, Index layer) const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/origin.ipp>
#endif
