// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <multipruner/core/linkage.hpp>
#include <multipruner/export/detail/model_folder_files.hpp>
#include <multipruner/export/detail/packed_model.hpp>
#include <multipruner/io/checkpoint_writer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Writes the weights of a packed model as a checkpoint. Tensors that are not written as they lie in the model are
/// copied into files without a name in the folder, so that memory holds few of them at a time.
/// @param names  an empty list, which knows what tensors are called
void write_packed(const PackedModel& model, CheckpointTensors names, const std::filesystem::path& folder,
                  const CheckpointOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/write_packed.ipp>
#endif
