#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "command.hpp"
#include "format.hpp"
#include "model.hpp"
#include "table.hpp"
#include "zeros.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/pruning_config.hpp>
#include <multipruner/plan/parameter_count.hpp>

namespace multipruner::cli {

namespace {

using Json = nlohmann::ordered_json;

/// The scalar types of all tensors, e.g. "bfloat16".
std::string dtypes_of(const Graph& graph) {
  std::set<std::string> names;
  for_each_tensor(graph.weights(), [&](TensorRole, Index, const WeightView& view) {
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

Json block_json(const Graph& graph, BlockId block) {
  const ModelConfig& config = graph.config();
  const Index width = graph.width(block);
  Json json{{"removed", width == 0}, {"width", width}};
  if (block.kind == BlockKind::attention) {
    json["heads"] = width / config.head_dim;
    json["kv_heads"] = width / config.group_width();
  }
  return json;
}

Json size_json(const Graph& graph) {
  const ModelConfig& config = graph.config();
  return {{"hidden_size", config.hidden_size},
          {"num_hidden_layers", config.num_hidden_layers},
          {"num_attention_heads", config.num_attention_heads},
          {"num_key_value_heads", config.num_key_value_heads},
          {"head_dim", config.head_dim},
          {"intermediate_size", config.intermediate_size},
          {"vocab_size", config.vocab_size},
          {"max_position_embeddings", config.max_position_embeddings},
          {"tie_word_embeddings", config.tie_word_embeddings}};
}

/// A bar of ten characters for the share of a block that is left.
std::string bar(Index width, Index full) {
  const auto filled = static_cast<std::size_t>((10 * width + full - 1) / full);
  return std::string(filled, '#') + std::string(10 - filled, '.');
}

Table layer_table(const Graph& graph) {
  const ModelConfig& config = graph.config();
  const auto of = [](Index left, Index full) { return std::to_string(left) + "/" + std::to_string(full); };
  Table table({"layer", "attention", "heads", "kv heads", "MLP", "channels"});
  for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
    const Index attention = graph.width({layer, BlockKind::attention});
    const Index mlp = graph.width({layer, BlockKind::mlp});
    const auto or_removed = [](Index width, const std::string& text) { return width == 0 ? "removed" : text; };
    table.add({std::to_string(layer), bar(attention, config.attention_width()),
               or_removed(attention, of(attention / config.head_dim, config.num_attention_heads)),
               or_removed(attention, of(attention / config.group_width(), config.num_key_value_heads)),
               bar(mlp, config.intermediate_size), or_removed(mlp, of(mlp, config.intermediate_size))});
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
      pruning = read_pruning_config(file, graph.config().num_hidden_layers);
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
      json["layers"].push_back({{"layer", layer},
                                {"attention", block_json(graph, {layer, BlockKind::attention})},
                                {"mlp", block_json(graph, {layer, BlockKind::mlp})}});
    }
    json["removal_order"] =
        pruning ? Json{{"attention", pruning->pruned_attn_idx}, {"mlp", pruning->pruned_mlp_idx}} : nullptr;
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
    line("sizes", "hidden " + std::to_string(config.hidden_size) + ", " + std::to_string(config.num_hidden_layers) +
                      " layers, " + std::to_string(config.num_attention_heads) + " heads of " +
                      std::to_string(config.head_dim) + " over " + std::to_string(config.num_key_value_heads) +
                      " key/value heads,");
    line("", "MLP " + std::to_string(config.intermediate_size) + ", vocabulary " + grouped(config.vocab_size) +
                 (config.tie_word_embeddings ? " (tied)" : "") + ", up to " + grouped(config.max_position_embeddings) +
                 " tokens");
    line("parameters", grouped(count_parameters(config, plan)) + " of " + grouped(count_parameters(config)) + ", " +
                           percent(pruning_ratio(config, plan)) + " removed");
    if (!plan.removal_order().empty()) {
      line("", grouped(count_loaded_parameters(config, plan)) + " without the norms of removed blocks");
    }
    if (pruning) {
      line("removed", "attention of layers: " + list(pruning->pruned_attn_idx) + " (first to last)");
      line("", "MLP of layers: " + list(pruning->pruned_mlp_idx));
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
    std::string block = wrapped(settings, 67, std::string(12, ' '));
    line("settings", block.substr(12, block.size() - 13));
  }

  std::string model_;
};

}  // namespace

std::unique_ptr<Command> make_inspect(CLI::App& program) {
  return std::make_unique<Inspect>(program);
}

}  // namespace multipruner::cli
