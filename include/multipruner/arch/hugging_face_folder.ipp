// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/arch/hugging_face_folder.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/model_folder.hpp>
#include <multipruner/plan/config_conversion.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline JsonReader open_config(const std::filesystem::path& directory) {
  require_model_folder(directory);
  return JsonReader::open(directory / "config.json");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE HuggingFaceFolder::HuggingFaceFolder(std::filesystem::path directory)
    : directory_(std::move(directory)), config_(detail::open_config(directory_)) {}

MULTIPRUNER_INLINE std::vector<TokenId> HuggingFaceFolder::generation_eos_token_ids() const {
  const auto file = directory_ / "generation_config.json";
  if (!detail::is_there(file)) return {};
  return hugging_face::read_eos_token_ids(JsonReader::open(file));
}

MULTIPRUNER_INLINE std::optional<PruningConfig> HuggingFaceFolder::pruning(const ModelConfig& config) const {
  const auto file = directory_ / "pruning_config.json";
  if (!detail::is_there(file)) return std::nullopt;
  return read_pruning_config(file, config.num_hidden_layers, pruning_keys(config));
}

MULTIPRUNER_INLINE const Checkpoint& HuggingFaceFolder::checkpoint() const {
  std::call_once(opened_, [&] { checkpoint_.emplace(directory_); });
  return *checkpoint_;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
