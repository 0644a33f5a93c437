// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/safetensors_writer.hpp>
#include <multipruner/io/stored_tensor.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

struct CheckpointOptions {
  /// The most bytes of tensor data in one file; a larger tensor gets a file of its own. 5 GB, as in
  /// transformers.
  Index max_shard_bytes = 5'000'000'000;
  SafetensorsMetadata metadata{{"format", "pt"}};
  WriteObserver on_written{};
};

/// Writes the weights of a model into an existing folder, as transformers lays them out: `model.safetensors`
/// if they fit into one file, else `model-00001-of-0000n.safetensors` and so on, with
/// `model.safetensors.index.json`. Tensors are stored in the given order (within a file, those of wider types
/// first).
/// @throws OptionError where a shape contradicts its view, a name is used twice, or the limit is not
/// positive; OutputError where the folder holds weights already or a file cannot be written.
void write_checkpoint(const std::filesystem::path& directory, std::span<const StoredTensor> tensors,
                      const CheckpointOptions& options = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/checkpoint_writer.ipp>
#endif
