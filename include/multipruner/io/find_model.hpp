// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The current snapshot of a repository in the cache of the Hugging Face Hub: that of its main branch, or the only one,
/// or the last by name. Nothing where the folder is no such cache.
[[nodiscard]] std::optional<std::filesystem::path> snapshot_in_cache(const std::filesystem::path& repository);

/// Whether a path may be "org/name", a model's name on the Hub: there is no such file or folder, nor one around it.
[[nodiscard]] bool may_be_name_on_hub(const std::filesystem::path& path);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Where the Hugging Face Hub's programs keep what they have downloaded: $HF_HUB_CACHE, $HF_HOME/hub,
/// $XDG_CACHE_HOME/huggingface/hub, or ~/.cache/huggingface/hub. Empty where none of that is set.
/// Source: huggingface_hub, "Manage huggingface_hub cache-system" and "Environment variables".
[[nodiscard]] std::filesystem::path hub_cache();

/// The folder or file of a model, by what people call it: its path, or, where there is none, its name on the Hub,
/// "org/name", if the cache has it; also the folder in which the cache keeps all that it has of one model. Nothing is
/// downloaded. What is not found is given back as it is.
[[nodiscard]] std::filesystem::path find_model(const std::filesystem::path& name);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/find_model.ipp>
#endif
