// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/io/companion_files.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// Where a graph came from: what is needed to speak of its tensors by their names and to write it out again.
struct Origin {
  /// A Hugging Face model folder, or a file of another format; empty if there is none.
  std::filesystem::path directory{};
  std::string (*tensor_name)(TensorRole, Index) = nullptr;  ///< of the architecture; null if there is none
  std::vector<BlockId> removal_order{};  ///< of blocks that the checkpoint lacks, first removed first, as far as known
  bool (*is_transposed)(TensorRole) = nullptr;  ///< which matrices the checkpoint keeps as in × out; null if none
  CompanionFiles made_files{};                  ///< what a source that is no folder has in place of the files in one

  /// The files that go with the model: config.json, tokenizer, licence.
  [[nodiscard]] CompanionFiles files() const { return made_files.empty() ? CompanionFiles(directory) : made_files; }

  /// The name of the folder, or of a GGUF file without its extension, without the path to it.
  [[nodiscard]] std::string name() const;

  /// The name of a tensor in its checkpoint, or a description if there is no checkpoint.
  [[nodiscard]] std::string label(TensorRole role, Index layer) const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/origin.ipp>
#endif
