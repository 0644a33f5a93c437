// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/pruning_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

template <class T>
[[nodiscard]] T entry_of(const std::vector<std::pair<std::string, T>>& entries, std::string_view key) {
  for (const auto& [name, value] : entries) {
    if (name == key) return value;
  }
  return {};
}

inline std::vector<Index> read_layer_list(const JsonReader& json, const std::string& key, Index num_layers) {
  auto layers = json.require<std::vector<Index>>(key.c_str());
  std::set<Index> known;
  for (const Index layer : layers) {
    if (layer < 0 || layer >= num_layers || !known.insert(layer).second) {
      throw DataError(json.where(key.c_str()),
                      "layer " + std::to_string(layer) + " is listed twice, or the model of " +
                          std::to_string(num_layers) + " layers does not have it",
                      "Use the pruning_config.json that belongs to the model");
    }
  }
  return layers;
}

inline std::map<Index, Index> read_width_map(const JsonReader& json, const std::string& key, Index num_layers,
                                             Index least) {
  const JsonReader object = json.require_object(key.c_str());
  std::map<Index, Index> widths;
  for (const auto& [text, value] : object.json().items()) {
    Index layer = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
    if (error != std::errc{} || end != text.data() + text.size() || layer < 0) {
      throw DataError(object.where(text), "the key is not the number of a layer", "Correct the file");
    }
    widths[layer] = object.require<Index>(text, {least, Index{1} << 40});
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

inline std::optional<StreamConfig> read_stream(const JsonReader& json) {
  const std::optional<JsonReader> object = json.optional_object("stream");
  if (!object) return std::nullopt;
  return StreamConfig{object->require<std::vector<Index>>("widths"), object->require<std::vector<Index>>("shortcuts")};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::vector<Index> PruningConfig::removed_of(std::string_view key) const {
  return detail::entry_of(removed, key);
}

MULTIPRUNER_INLINE std::map<Index, Index> PruningConfig::widths_of(std::string_view key) const {
  return detail::entry_of(widths, key);
}

MULTIPRUNER_INLINE PruningConfig read_pruning_config(const std::filesystem::path& path, Index num_layers,
                                                     const PruningKeys& keys) {
  const JsonReader json = JsonReader::open(path);
  PruningConfig config;
  for (const std::string& key : keys.blocks) {
    config.removed.emplace_back(key, detail::read_layer_list(json, "pruned_" + key + "_idx", num_layers));
  }
  for (const std::string& key : keys.axes) {
    const Index least = std::ranges::find(keys.may_be_zero, key) == keys.may_be_zero.end() ? 1 : 0;
    config.widths.emplace_back(key, detail::read_width_map(json, "pruned_" + key + "_width", num_layers, least));
  }
  config.stream = detail::read_stream(json);
  return config;
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const PruningConfig& config) {
  nlohmann::ordered_json json;
  for (const auto& [key, layers] : config.removed) json["pruned_" + key + "_idx"] = layers;
  for (const auto& [key, widths] : config.widths) {
    auto object = nlohmann::ordered_json::object();
    for (const auto& [layer, width] : widths) object[std::to_string(layer)] = width;
    json["pruned_" + key + "_width"] = std::move(object);
  }
  if (config.stream) json["stream"] = {{"widths", config.stream->widths}, {"shortcuts", config.stream->shortcuts}};
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
