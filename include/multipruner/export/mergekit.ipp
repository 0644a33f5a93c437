// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/export/mergekit.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[noreturn]] inline void refuse_for_mergekit(const std::string& where, std::string problem) {
  throw OptionError("mergekit: " + where, std::move(problem),
                    "Save the model in the format hf, hf-deci or multipruner");
}

/// Which layers a view leaves, each whole.
inline std::vector<bool> whole_layers(const ModelView& view) {
  std::vector<bool> kept(static_cast<std::size_t>(view.config().num_hidden_layers));
  std::vector<bool> known(kept.size());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockId block{position};
    const BlockSpec& spec = view.graph().spec(block);
    const auto layer = static_cast<std::size_t>(spec.layer());
    if (view.graph().present(block) != spec.whole()) {
      refuse_for_mergekit(spec.label(),
                          "the model lacks a part of it already, so there is no dense model to begin with");
    }
    const bool is_kept = !view.plan().removed(block);
    if (is_kept && view.plan().choice(block) != spec.whole()) {
      refuse_for_mergekit(spec.label(), "the plan leaves a part of it, and mergekit takes layers as they are");
    }
    if (known[layer] && kept[layer] != is_kept) {
      refuse_for_mergekit(spec.label(),
                          "the plan treats it otherwise than the rest of its layer, and mergekit takes whole layers");
    }
    known[layer] = true;
    kept[layer] = is_kept;
  }
  return kept;
}

/// Runs of layers that are kept, [first, end).
inline std::vector<std::pair<std::size_t, std::size_t>> layer_ranges(const std::vector<bool>& kept) {
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (std::size_t layer = 0; layer < kept.size(); ++layer) {
    if (!kept[layer]) continue;
    if (ranges.empty() || ranges.back().second != layer) ranges.emplace_back(layer, layer);
    ranges.back().second = layer + 1;
  }
  return ranges;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE void Mergekit::require_exportable(const ModelView& view) const {
  if (model.empty() && view.graph().origin().directory.empty()) {
    detail::refuse_for_mergekit("the model", "the graph was not loaded from a model folder, and has no name");
  }
  if (detail::layer_ranges(detail::whole_layers(view)).empty()) {
    detail::refuse_for_mergekit("the plan", "it leaves no layer");
  }
}

MULTIPRUNER_INLINE void Mergekit::write(const ModelView& view, const std::vector<BlockId>&,
                                        const std::filesystem::path& folder, const WriteObserver&) const {
  const nlohmann::json source = model.empty() ? view.graph().origin().name() : model;  // a JSON string is one of YAML
  std::string text = "slices:\n";
  for (const auto& [first, end] : detail::layer_ranges(detail::whole_layers(view))) {
    text += "  - sources:\n      - model: " + source.dump() + "\n        layer_range: [" + std::to_string(first) +
            ", " + std::to_string(end) + "]\n";
  }
  text += "merge_method: passthrough\ndtype: " + std::string(name_of(view.graph().embed_tokens().dtype)) + "\n";
  write_file_atomically(folder / "mergekit_config.yml", text);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
