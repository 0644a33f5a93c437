// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/export/hugging_face_layout.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/staged_directory.hpp>
#include <multipruner/io/staged_file.hpp>
#include <multipruner/plan/config_conversion.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Files of a model folder that go with a pruned model unchanged.
inline bool belongs_to_every_version(std::string_view file_name) {
  constexpr std::array names{"config.json",
                             "generation_config.json",
                             "tokenizer.json",
                             "tokenizer.model",
                             "tokenizer_config.json",
                             "special_tokens_map.json",
                             "added_tokens.json",
                             "vocab.json",
                             "merges.txt",
                             "chat_template.jinja",
                             "chat_template.json"};
  for (const std::string_view name : names) {
    if (file_name == name) return true;
  }
  return file_name.starts_with("LICENSE") || file_name.starts_with("NOTICE");
}

inline void copy_companions(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  const std::vector<std::filesystem::path> files = entries_of(from, error);
  if (error)
    throw FileError(from.string(), "cannot be read: " + error.message(), "Check that the model is still there");
  for (const std::filesystem::path& file : files) {
    const std::string name = file.filename().string();
    if (!belongs_to_every_version(name) || !std::filesystem::is_regular_file(file, error)) continue;
    if (std::filesystem::copy_file(file, to / name, error)) continue;
    throw OutputError((to / name).string(), "cannot be copied from " + file.string() + ": " + error.message(),
                      "Check that the source is readable and that there is room");
  }
}

/// The tensors of a view under their names in the checkpoint; tied weights once. Slots of one name are pieces of one
/// tensor (see TensorPart).
inline std::vector<StoredTensor> named_tensors(const ModelView& view) {
  std::vector<StoredTensor> tensors;
  std::map<std::pair<std::string, Index>, std::size_t> place_of;  // by name and block
  const Weights weights = view.weights();
  const Origin& origin = view.graph().origin();
  for_each_place(view.config(), weights, [&](const TensorPlace& place, const WeightView& tensor) {
    if (!tensor || (place.slot == &Ends::slots[Ends::lm_head] && view.config().tie_word_embeddings)) return;
    const std::string name = origin.tensor_name(place.role, place.layer);
    const bool may_be_fused = place.block.position >= 0 && place.slot != &shortcut_slot;
    const auto [known, is_new] = place_of.try_emplace({name, place.block.position}, tensors.size());
    const bool transposed =
        place.slot->is_matrix() && origin.is_transposed != nullptr && origin.is_transposed(place.role);
    if (is_new || !may_be_fused) {
      const TensorShape shape =
          transposed ? TensorShape{tensor.columns, tensor.rows} : TensorShape{tensor.rows, tensor.columns};
      tensors.push_back({.name = name, .shape = place.extents(shape), .view = tensor, .transposed = transposed});
      return;
    }
    StoredTensor& fused = tensors[known->second];
    (transposed ? fused.shape.back() : fused.shape.front()) += place.slot->is_matrix() ? tensor.rows : tensor.columns;
    fused.more.push_back(tensor);
  });
  return tensors;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE void HuggingFaceLayout::require_exportable(const ModelView& view) const {
  const Origin& origin = view.graph().origin();
  if (origin.directory.empty() || origin.tensor_name == nullptr) {
    throw OptionError("save", "the graph was not loaded from a model folder, so its names and config.json are unknown",
                      "Give the graph an Origin");
  }
  for (const BlockSpec& block : view.config().blocks) {
    if (block.has_shortcut()) static_cast<void>(origin.tensor_name(block.kind().shortcut_role, block.layer()));
  }
}

MULTIPRUNER_INLINE Index HuggingFaceLayout::bytes(const ModelView& view) const {
  Index total = 0;
  for (const StoredTensor& tensor : detail::named_tensors(view)) total += detail::byte_count(tensor);
  return total;
}

MULTIPRUNER_INLINE void HuggingFaceLayout::write(const ModelView& view, const std::vector<BlockId>& removal_order,
                                                 const std::filesystem::path& folder,
                                                 const WriteObserver& on_written) const {
  detail::copy_companions(view.graph().origin().directory, folder);
  write_checkpoint(folder, detail::named_tensors(view), {.on_written = on_written});
  const PruningConfig pruning = to_pruning_config(view.config(), view.plan(), removal_order);
  write_file_atomically(folder / "pruning_config.json", to_json(pruning).dump(4) + "\n");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
