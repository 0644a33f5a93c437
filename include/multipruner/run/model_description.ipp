// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/find_model.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/card_parts.hpp>
#include <multipruner/run/model_card.hpp>
#include <multipruner/run/model_description.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The scalar types of all tensors, e.g. "bfloat16".
[[nodiscard]] inline std::string dtypes_of(const Graph& graph) {
  std::set<std::string> names;
  for_each_tensor(graph, [&](TensorRole, Index, const WeightView& view) {
    if (view) names.insert(std::string(name_of(view.dtype)));
  });
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// What the first block of a kind is; null where a model has none.
template <ResidualBlock K>
[[nodiscard]] const typename K::Spec* first_of(const ModelConfig& config) {
  for (const BlockSpec& block : config.blocks) {
    if (const auto* spec = block.as<K>()) return spec;
  }
  return nullptr;
}

[[nodiscard]] inline nlohmann::ordered_json block_json(const Graph& graph, BlockId block) {
  nlohmann::ordered_json json{{"removed", !graph.has(block)}, {"width", graph.width(block)}};
  for (std::size_t axis = 1; axis < graph.spec(block).kind().axes.size(); ++axis) {
    json["width_" + std::to_string(axis)] = graph.width({block, axis});
  }
  if (const auto* attention = graph.spec(block).as<Attention>()) {
    json["heads"] = graph.width(block) / attention->head_dim;
    json["kv_heads"] = graph.width(block) / attention->group_width();
  }
  return json;
}

[[nodiscard]] inline nlohmann::ordered_json layers_json(const Graph& graph) {
  const ModelConfig& config = graph.config();
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
    nlohmann::ordered_json& of_layer = json.emplace_back(nlohmann::ordered_json{{"layer", layer}});
    for (const Kind* kind : config.blocks.kinds()) {
      const auto block = config.blocks.find(layer, kind->name);
      if (block) of_layer[std::string(kind->name)] = block_json(graph, *block);
    }
  }
  return json;
}

[[nodiscard]] inline nlohmann::ordered_json size_json(const ModelConfig& config) {
  nlohmann::ordered_json json{{"hidden_size", config.hidden_size}, {"num_hidden_layers", config.num_hidden_layers}};
  if (const auto* attention = first_of<Attention>(config)) {
    json["num_attention_heads"] = attention->num_attention_heads;
    json["num_key_value_heads"] = attention->num_key_value_heads;
    json["head_dim"] = attention->head_dim;
  }
  if (const auto* mlp = first_of<GatedMlp>(config)) json["intermediate_size"] = mlp->intermediate_size;
  json["vocab_size"] = config.vocab_size;
  json["max_position_embeddings"] = config.max_position_embeddings;
  json["tie_word_embeddings"] = config.tie_word_embeddings;
  return json;
}

/// A bar of ten characters for the share of a block that is left.
[[nodiscard]] inline std::string bar(Index width, Index full) {
  const auto filled = static_cast<std::size_t>((10 * width + full - 1) / full);
  return std::string(filled, '#') + std::string(10 - filled, '.');
}

/// What is left of a block: "6/8", or "removed".
[[nodiscard]] inline std::string left_of(const Graph& graph, BlockId block, Index of_one) {
  if (!graph.has(block)) return "removed";
  return std::to_string(graph.width(block) / of_one) + "/" + std::to_string(graph.spec(block).axis(0).width / of_one);
}

[[nodiscard]] inline std::string layer_table(const Graph& graph) {
  const ModelConfig& config = graph.config();
  TextTable table({"layer", "attention", "heads", "kv heads", "MLP", "channels"});
  for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
    std::vector<std::string> row{std::to_string(layer), "", "", "", "", ""};
    if (const auto block = config.blocks.find(layer, Attention::name)) {
      const AttentionSpec& attention = *config.blocks[*block].as<Attention>();
      row[1] = bar(graph.width(*block), attention.width());
      row[2] = left_of(graph, *block, attention.head_dim);
      row[3] = left_of(graph, *block, attention.group_width());
    }
    if (const auto block = config.blocks.find(layer, GatedMlp::name)) {
      row[4] = bar(graph.width(*block), config.blocks[*block].axis(0).width);
      row[5] = left_of(graph, *block, 1);
    }
    table.add(std::move(row));
  }
  return table.text();
}

/// A line of a list: what it is about, and a text.
[[nodiscard]] inline std::string fact(std::string topic, const std::string& text) {
  topic.resize(12, ' ');
  return topic + text + "\n";
}

[[nodiscard]] inline std::string sizes_text(const ModelConfig& config) {
  std::string sizes =
      "hidden " + std::to_string(config.hidden_size) + ", " + std::to_string(config.num_hidden_layers) + " layers, ";
  if (const auto* attention = first_of<Attention>(config)) {
    sizes += std::to_string(attention->num_attention_heads) + " heads of " + std::to_string(attention->head_dim) +
             " over " + std::to_string(attention->num_key_value_heads) + " key/value heads,";
  }
  const auto* mlp = first_of<GatedMlp>(config);
  return fact("sizes", sizes) +
         fact("", (mlp != nullptr ? "MLP " + std::to_string(mlp->intermediate_size) + ", " : "") + "vocabulary " +
                      grouped_text(config.vocab_size) + (config.tie_word_embeddings ? " (tied)" : "") + ", up to " +
                      grouped_text(config.max_position_embeddings) + " tokens");
}

[[nodiscard]] inline std::string parameters_text(const ModelConfig& config, const Plan& plan) {
  const std::string text = fact("parameters", grouped_text(count_parameters(config, plan)) + " of " +
                                                  grouped_text(count_parameters(config)) + ", " +
                                                  percent_text(pruning_ratio(config, plan)) + " removed");
  if (plan.removed_blocks().empty()) return text;
  return text + fact("", grouped_text(count_loaded_parameters(config, plan)) + " without the norms of removed blocks");
}

[[nodiscard]] inline std::string removals_text(const ModelConfig& config, const PruningConfig& pruning) {
  std::string text;
  for (const Kind* kind : config.blocks.kinds()) {
    const bool first = text.empty();
    text += fact(first ? "removed" : "", title_of(*kind) +
                                             " of layers: " + list_of_layers(pruning.removed_of(kind->file_key)) +
                                             (first ? " (first to last)" : ""));
  }
  return text;
}

/// What multipruner.json tells of how the model came about.
[[nodiscard]] inline std::string metadata_text(const nlohmann::ordered_json& metadata) {
  using Json = nlohmann::ordered_json;
  const auto word = [](const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
  std::string text;
  if (metadata.contains("source")) text += fact("made from", word(metadata["source"]));
  if (metadata.contains("reordering")) text += fact("reordering", word(metadata["reordering"]));
  if (!metadata.contains("settings") || !metadata["settings"].is_object()) return text;
  std::string settings;
  for (const auto& [key, value] : metadata["settings"].items()) {
    if (value.is_null() || value.is_structured()) continue;
    settings += (settings.empty() ? "" : ", ") + key + " " + word(value);
  }
  if (settings.empty()) return text;
  const std::string block = wrapped_text(settings, 67, std::string(12, ' '));
  return text + fact("settings", block.substr(12, block.size() - 13));
}

[[nodiscard]] inline JsonObject object_if_there(const std::filesystem::path& file) {
  if (!is_there(file)) return {};
  nlohmann::ordered_json json(read_json_file(file));
  if (!json.is_object())
    throw DataError(file.string(), "it is not a JSON object", "Remove it, or make the model again");
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE ModelDescription describe_model(Graph graph, const std::filesystem::path& name) {
  const std::filesystem::path folder = find_model(name);
  ModelDescription model{.graph = std::move(graph), .folder = folder};
  const ModelConfig& config = model.graph.config();
  model.metadata = detail::object_if_there(folder / model_marker);
  if (const auto file = folder / "pruning_config.json"; detail::is_there(file)) {
    model.pruning = read_pruning_config(file, config.num_hidden_layers, pruning_keys(config));
  }
  model.sparse = sparse_tensors(model.graph);
  return model;
}

MULTIPRUNER_INLINE std::string to_text(const ModelDescription& model) {
  const ModelConfig& config = model.graph.config();
  std::string text = detail::fact("model", base_model_of(model.folder).name + ", " + config.model_type + ", " +
                                               detail::dtypes_of(model.graph)) +
                     detail::sizes_text(config) + detail::parameters_text(config, Plan(model.graph));
  if (model.pruning) text += detail::removals_text(config, *model.pruning);
  text += detail::metadata_text(model.metadata.json()) + "\n" + detail::layer_table(model.graph);
  return model.sparse.empty() ? text : text + "\n" + sparsity_text(config, model.sparse);
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const ModelDescription& model) {
  const ModelConfig& config = model.graph.config();
  const Plan plan(model.graph);
  nlohmann::ordered_json json{{"model", model.folder.string()},
                              {"model_type", config.model_type},
                              {"dtype", detail::dtypes_of(model.graph)},
                              {"config", detail::size_json(config)}};
  json["parameters"] = {{"dense", count_parameters(config)},
                        {"now", count_parameters(config, plan)},
                        {"without_norms_of_removed_blocks", count_loaded_parameters(config, plan)}};
  json["ratio"] = pruning_ratio(config, plan);
  json["layers"] = detail::layers_json(model.graph);
  json["removal_order"] = nullptr;
  for (const Kind* kind : config.blocks.kinds()) {
    if (model.pruning) json["removal_order"][std::string(kind->name)] = model.pruning->removed_of(kind->file_key);
  }
  json["sparsity"] = to_json(model.sparse);
  json["multipruner"] = model.metadata.json();
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
