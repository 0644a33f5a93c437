// SPDX-License-Identifier: MIT
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "model.hpp"
#include "zeros.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/model_card.hpp>

namespace multipruner::cli {

namespace {

using Json = nlohmann::ordered_json;

/// The scalar types of all tensors, e.g. "bfloat16".
std::string dtypes_of(const Graph& graph) {
  std::set<std::string> names;
  for_each_tensor(graph, [&](TensorRole, Index, const WeightView& view) {
    if (view) names.insert(std::string(name_of(view.dtype)));
  });
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::optional<Json> json_if_there(const std::filesystem::path& file) {
  if (!detail::is_there(file)) return std::nullopt;
  return Json(read_json_file(file));
}

/// What the first block of a kind is; null where a model has none.
template <ResidualBlock K>
const typename K::Spec* first_of(const ModelConfig& config) {
  for (const BlockSpec& block : config.blocks) {
    if (const auto* spec = block.as<K>()) return spec;
  }
  return nullptr;
}

Json block_json(const Graph& graph, BlockId block) {
  Json json{{"removed", !graph.has(block)}, {"width", graph.width(block)}};
  for (std::size_t axis = 1; axis < graph.spec(block).kind().axes.size(); ++axis) {
    json["width_" + std::to_string(axis)] = graph.width({block, axis});
  }
  if (const auto* attention = graph.spec(block).as<Attention>()) {
    json["heads"] = graph.width(block) / attention->head_dim;
    json["kv_heads"] = graph.width(block) / attention->group_width();
  }
  return json;
}

Json size_json(const Graph& graph) {
  const ModelConfig& config = graph.config();
  Json json{{"hidden_size", config.hidden_size}, {"num_hidden_layers", config.num_hidden_layers}};
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
std::string bar(Index width, Index full) {
  const auto filled = static_cast<std::size_t>((10 * width + full - 1) / full);
  return std::string(filled, '#') + std::string(10 - filled, '.');
}

/// What is left of a block: "6/8", or "removed".
std::string left_of(const Graph& graph, BlockId block, Index of_one) {
  if (!graph.has(block)) return "removed";
  return std::to_string(graph.width(block) / of_one) + "/" + std::to_string(graph.spec(block).axis(0).width / of_one);
}

TextTable layer_table(const Graph& graph) {
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
  return table;
}

std::string list(const std::vector<Index>& layers) {
  std::string text;
  for (const Index layer : layers) text += (text.empty() ? "" : ", ") + std::to_string(layer);
  return text.empty() ? "none" : text;
}

class Inspect final : public Command {
 public:
  explicit Inspect(CLI::App& program)
      : Command(program, "inspect", "Show what a model consists of and what was removed from it",
                "  multipruner inspect model-20/\n"
                "  multipruner inspect model-20/ --json\n") {
    app().add_option("MODEL,--model_path", model_, "Folder of a model, dense or pruned")->required()->type_name("DIR");
  }

  ExitCode run(Console& console) override {
    const Graph graph = load<>(model_, warning_on(console));
    const std::filesystem::path folder(model_);
    const auto metadata = json_if_there(folder / "multipruner.json");
    std::optional<PruningConfig> pruning;
    if (const auto file = folder / "pruning_config.json"; detail::is_there(file)) {
      pruning = read_pruning_config(file, graph.config().num_hidden_layers, pruning_keys(graph.config()));
    }
    if (console.json()) {
      report_json(console, graph, metadata, pruning);
    } else {
      report(console, graph, metadata, pruning);
    }
    return ExitCode::ok;
  }

 private:
  void report_json(Console& console, const Graph& graph, const std::optional<Json>& metadata,
                   const std::optional<PruningConfig>& pruning) const {
    const ModelConfig& config = graph.config();
    const Plan plan(graph);
    Json json{{"model", model_},
              {"model_type", config.model_type},
              {"dtype", dtypes_of(graph)},
              {"config", size_json(graph)}};
    json["parameters"] = {{"dense", count_parameters(config)},
                          {"now", count_parameters(config, plan)},
                          {"without_norms_of_removed_blocks", count_loaded_parameters(config, plan)}};
    json["ratio"] = pruning_ratio(config, plan);
    json["layers"] = Json::array();
    for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
      Json& of_layer = json["layers"].emplace_back(Json{{"layer", layer}});
      for (const Kind* kind : config.blocks.kinds()) {
        const auto block = config.blocks.find(layer, kind->name);
        if (block) of_layer[std::string(kind->name)] = block_json(graph, *block);
      }
    }
    json["removal_order"] = nullptr;
    for (const Kind* kind : config.blocks.kinds()) {
      if (pruning) json["removal_order"][std::string(kind->name)] = pruning->removed_of(kind->file_key);
    }
    json["sparsity"] = sparsity_json(graph, sparse_tensors(graph));
    json["multipruner"] = metadata ? *metadata : nullptr;
    console.print_json(json);
  }

  void report(Console& console, const Graph& graph, const std::optional<Json>& metadata,
              const std::optional<PruningConfig>& pruning) const {
    const ModelConfig& config = graph.config();
    const Plan plan(graph);
    const auto line = [&](std::string name, const std::string& text) {
      name.resize(12, ' ');
      console.print(name + text + "\n");
    };
    line("model", name_of(std::filesystem::path(model_)) + ", " + config.model_type + ", " + dtypes_of(graph));
    std::string sizes =
        "hidden " + std::to_string(config.hidden_size) + ", " + std::to_string(config.num_hidden_layers) + " layers, ";
    if (const auto* attention = first_of<Attention>(config)) {
      sizes += std::to_string(attention->num_attention_heads) + " heads of " + std::to_string(attention->head_dim) +
               " over " + std::to_string(attention->num_key_value_heads) + " key/value heads,";
    }
    line("sizes", sizes);
    const auto* mlp = first_of<GatedMlp>(config);
    line("", (mlp != nullptr ? "MLP " + std::to_string(mlp->intermediate_size) + ", " : "") + "vocabulary " +
                 grouped_text(config.vocab_size) + (config.tie_word_embeddings ? " (tied)" : "") + ", up to " +
                 grouped_text(config.max_position_embeddings) + " tokens");
    line("parameters", grouped_text(count_parameters(config, plan)) + " of " + grouped_text(count_parameters(config)) +
                           ", " + percent_text(pruning_ratio(config, plan)) + " removed");
    if (!plan.removed_blocks().empty()) {
      line("", grouped_text(count_loaded_parameters(config, plan)) + " without the norms of removed blocks");
    }
    if (pruning) {
      std::string heading = "removed", end = " (first to last)";
      for (const Kind* kind : config.blocks.kinds()) {
        line(std::exchange(heading, ""),
             title_of(*kind) + " of layers: " + list(pruning->removed_of(kind->file_key)) + std::exchange(end, ""));
      }
    }
    if (metadata) report_metadata(line, *metadata);
    console.print("\n" + layer_table(graph).text());
    if (const auto sparse = sparse_tensors(graph); !sparse.empty()) {
      console.print("\n" + sparsity_text(graph, sparse));
    }
  }

  template <class Line>
  static void report_metadata(const Line& line, const Json& metadata) {
    const auto text = [](const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
    if (metadata.contains("source")) line("made from", text(metadata["source"]));
    if (metadata.contains("reordering")) line("reordering", text(metadata["reordering"]));
    if (!metadata.contains("settings") || !metadata["settings"].is_object() || metadata["settings"].empty()) return;
    std::string settings;
    for (const auto& [key, value] : metadata["settings"].items()) {
      if (value.is_null() || value.is_structured()) continue;
      settings += (settings.empty() ? "" : ", ") + key + " " + text(value);
    }
    if (settings.empty()) return;
    std::string block = wrapped_text(settings, 67, std::string(12, ' '));
    line("settings", block.substr(12, block.size() - 13));
  }

  std::string model_;
};

}  // namespace

std::unique_ptr<Command> make_inspect(CLI::App& program) {
  return std::make_unique<Inspect>(program);
}

}  // namespace multipruner::cli
