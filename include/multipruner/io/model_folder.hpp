// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include <multipruner/core/linkage.hpp>

/// What people give for the folder of a model, and what they should give in its place.
namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Files of safetensors under names that do not say how they belong together.
void refuse_shards_without_index(const std::filesystem::path& path);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Says why a folder without safetensors is none of a model, and what to give or do instead: the snapshot in a cache of
/// the Hugging Face Hub, a conversion, a merge. Returns where there is nothing to be said.
/// @throws FileError, UnsupportedError
void explain_folder_without_model(const std::filesystem::path& path);

/// Whether a file begins as GGUF files do.
[[nodiscard]] bool is_gguf_file(const std::filesystem::path& path);

/// The GGUF file that a path leads to: itself, or the only one, or the first part of the only one, in a folder without
/// safetensors. Nothing where it leads to none.
[[nodiscard]] std::optional<std::filesystem::path> find_gguf(const std::filesystem::path& path);

/// @throws FileError, UnsupportedError unless it is a folder with a config.json: what it is instead, and the next step
void require_model_folder(const std::filesystem::path& path);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/model_folder.ipp>
#endif
