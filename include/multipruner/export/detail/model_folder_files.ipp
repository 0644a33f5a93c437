// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

#include <multipruner/export/detail/model_folder_files.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline bool is_licence(std::string_view file_name) {
  return file_name.starts_with("LICENSE") || file_name.starts_with("NOTICE");
}

/// Files of a model folder that go with a pruned model unchanged.
inline bool belongs_to_every_version(std::string_view file_name) {
  constexpr std::array names{"generation_config.json",  "tokenizer.json",    "tokenizer.model", "tokenizer_config.json",
                             "special_tokens_map.json", "added_tokens.json", "vocab.json",      "merges.txt",
                             "chat_template.jinja",     "chat_template.json"};
  for (const std::string_view name : names) {
    if (file_name == name) return true;
  }
  return is_licence(file_name);
}

inline void copy_files(const CompanionFiles& from, const std::filesystem::path& to,
                       bool (*is_wanted)(std::string_view file_name)) {
  for (const std::string& name : from.names()) {
    if (is_wanted(name)) from.copy(name, to);
  }
}

MULTIPRUNER_INLINE void copy_companions(const CompanionFiles& from, const std::filesystem::path& to) {
  copy_files(from, to, belongs_to_every_version);
}

MULTIPRUNER_INLINE void copy_licence(const CompanionFiles& from, const std::filesystem::path& to) {
  copy_files(from, to, is_licence);
}

MULTIPRUNER_INLINE void CheckpointTensors::add(const TensorPlace& place, const WeightView& tensor) {
  const std::string name = tensor_name_(place.role, place.layer);
  const bool may_be_fused = place.block.position >= 0 && place.slot != &shortcut_slot;
  const auto [known, is_new] = place_of_.try_emplace({name, place.block.position}, tensors_.size());
  const bool transposed = place.slot->is_matrix() && is_transposed_ != nullptr && is_transposed_(place.role);
  if (is_new || !may_be_fused) {
    const TensorShape shape =
        transposed ? TensorShape{tensor.columns, tensor.rows} : TensorShape{tensor.rows, tensor.columns};
    tensors_.push_back({.name = name, .shape = place.extents(shape), .view = tensor, .transposed = transposed});
    return;
  }
  StoredTensor& fused = tensors_[known->second];
  (transposed ? fused.shape.back() : fused.shape.front()) += place.slot->is_matrix() ? tensor.rows : tensor.columns;
  fused.more.push_back(tensor);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
