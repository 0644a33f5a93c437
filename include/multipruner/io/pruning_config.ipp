#pragma once

#include <charconv>
#include <set>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/pruning_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline std::vector<Index> read_layer_list(const JsonReader& json, const char* key, Index num_layers) {
  auto layers = json.require<std::vector<Index>>(key);
  std::set<Index> known;
  for (const Index layer : layers) {
    if (layer < 0 || layer >= num_layers || !known.insert(layer).second) {
      throw DataError(json.where(key),
                      "layer " + std::to_string(layer) + " is listed twice, or the model of " +
                          std::to_string(num_layers) + " layers does not have it",
                      "Use the pruning_config.json that belongs to the model");
    }
  }
  return layers;
}

inline std::map<Index, Index> read_width_map(const JsonReader& json, const char* key, Index num_layers) {
  const JsonReader object = json.require_object(key);
  std::map<Index, Index> widths;
  for (const auto& [text, value] : object.json().items()) {
    Index layer = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
    if (error != std::errc{} || end != text.data() + text.size() || layer < 0) {
      throw DataError(object.where(text), "the key is not the number of a layer", "Correct the file");
    }
    widths[layer] = object.require<Index>(text, {1, Index{1} << 40});
  }
  // One published file (Qwen1.5-7B) counts the layers of its MLP widths from num_layers on.
  const bool shifted = !widths.empty() && widths.begin()->first >= num_layers;
  if (shifted) {
    std::map<Index, Index> corrected;
    for (const auto& [layer, width] : widths) corrected[layer - num_layers] = width;
    widths = std::move(corrected);
  }
  if (!widths.empty() && widths.rbegin()->first >= num_layers) {
    throw DataError(object.where(std::to_string(widths.rbegin()->first)),
                    "the model has only " + std::to_string(num_layers) + " layers",
                    "Use the pruning_config.json that belongs to the model");
  }
  return widths;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE PruningConfig read_pruning_config(const std::filesystem::path& path, Index num_layers) {
  const JsonReader json = JsonReader::open(path);
  return {detail::read_layer_list(json, "pruned_attn_idx", num_layers),
          detail::read_layer_list(json, "pruned_mlp_idx", num_layers),
          detail::read_width_map(json, "pruned_attn_width", num_layers),
          detail::read_width_map(json, "pruned_mlp_width", num_layers)};
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const PruningConfig& config) {
  const auto widths = [](const std::map<Index, Index>& map) {
    auto object = nlohmann::ordered_json::object();
    for (const auto& [layer, width] : map) object[std::to_string(layer)] = width;
    return object;
  };
  nlohmann::ordered_json json;
  json["pruned_attn_idx"] = config.pruned_attn_idx;
  json["pruned_mlp_idx"] = config.pruned_mlp_idx;
  json["pruned_attn_width"] = widths(config.pruned_attn_width);
  json["pruned_mlp_width"] = widths(config.pruned_mlp_width);
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
