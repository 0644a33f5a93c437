// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/layer_config.hpp>
#include <multipruner/export/detail/packed_model.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE nlohmann::json source_config(const ModelView& view) {
  const CompanionFiles files = view.graph().origin().files();
  return parse_json(files.text("config.json"), files.where("config.json"));
}

MULTIPRUNER_INLINE void write_config(const std::filesystem::path& folder, const nlohmann::json& config) {
  write_file_atomically(folder / "config.json", to_json_text(config, NonFinite::as_in_python));
}

/// The layer of the model that each layer of a file is like; 0 where the file has one that the model does not have.
inline std::vector<Index> original_layers(const ModelView& view, const std::vector<PackedLayer>& layers) {
  std::vector<Index> originals;
  for (const PackedLayer& layer : layers) {
    const auto block = layer.attention ? layer.attention : layer.mlp;
    originals.push_back(block ? view.graph().spec(*block).layer() : 0);
  }
  return originals;
}

MULTIPRUNER_INLINE void set_layers(nlohmann::json& config, const ModelView& view,
                                   const std::vector<PackedLayer>& layers, std::string_view format) {
  const std::vector<Index> originals = original_layers(view, layers);
  const auto old_size = static_cast<std::size_t>(view.config().num_hidden_layers);
  const auto refuse = [&](const std::string& key, std::string problem) {
    throw OptionError(std::string(format) + ": " + key + " of config.json", std::move(problem),
                      "Save the model in the format multipruner");
  };
  for (const std::string key : {"layer_types", "no_rope_layers"}) {
    const auto entry = config.find(key);
    if (entry == config.end() || entry->is_null()) continue;
    if (!entry->is_array() || entry->size() != old_size) refuse(key, "it is not a list with an entry for every layer");
    nlohmann::json kept = nlohmann::json::array();
    for (const Index layer : originals) kept.push_back((*entry)[static_cast<std::size_t>(layer)]);
    *entry = std::move(kept);
  }
  // Layers from this one on have a window.
  constexpr Index default_of_qwen2 = 28;
  if (config.contains("max_window_layers") || config.value("use_sliding_window", false)) {
    const Index first = config.value("max_window_layers", default_of_qwen2);
    config["max_window_layers"] = std::ranges::count_if(originals, [&](Index layer) { return layer < first; });
  }
  const bool layers_moved =
      !std::ranges::equal(originals, padded_channels(std::ssize(originals), std::ssize(originals)));
  for (const auto& [key, list] :
       {std::pair{"sliding_window_pattern", "layer_types"}, std::pair{"_sliding_window_pattern", "layer_types"},
        std::pair{"no_rope_layer_interval", "no_rope_layers"}}) {
    const auto entry = config.find(key);
    if (!layers_moved || entry == config.end() || entry->is_null()) continue;
    if (!config.contains(list) || config[list].is_null()) {
      refuse(key, "layers are of another type by their number, which they do not keep, and " + std::string(list) +
                      " does not list the types");
    }
  }
  if (config.contains("per_layer_config") && !config["per_layer_config"].is_null()) {
    refuse("per_layer_config", "the format has no place for layers that differ");
  }
  config["num_hidden_layers"] = layers.size();
}

MULTIPRUNER_INLINE nlohmann::json layer_map(const ModelView& view, const std::vector<PackedLayer>& layers) {
  nlohmann::json map = nlohmann::json::array();
  const auto layer_of = [&](const std::optional<BlockId>& block) {
    return block ? nlohmann::json(view.graph().spec(*block).layer()) : nlohmann::json();
  };
  for (const PackedLayer& layer : layers) map.push_back({layer_of(layer.attention), layer_of(layer.mlp)});
  return map;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
