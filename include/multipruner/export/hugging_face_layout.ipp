// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/model_folder_files.hpp>
#include <multipruner/export/hugging_face_layout.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/staged_file.hpp>
#include <multipruner/plan/config_conversion.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The tensors of a view under their names in the checkpoint; tied weights once.
inline std::vector<StoredTensor> named_tensors(const ModelView& view) {
  const Origin& origin = view.graph().origin();
  CheckpointTensors tensors(origin.tensor_name, origin.is_transposed);
  const Weights weights = view.weights();
  for_each_place(view.config(), weights, [&](const TensorPlace& place, const WeightView& tensor) {
    if (!tensor || (place.slot == &Ends::slots[Ends::lm_head] && view.config().tie_word_embeddings)) return;
    tensors.add(place, tensor);
  });
  return tensors.all();
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
  const CompanionFiles source = view.graph().origin().files();
  detail::copy_companions(source, folder);
  source.copy("config.json", folder);
  write_checkpoint(folder, detail::named_tensors(view), {.on_written = on_written});
  const PruningConfig pruning = to_pruning_config(view.config(), view.plan(), removal_order);
  write_file_atomically(folder / "pruning_config.json", to_json(pruning).dump(4) + "\n");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
