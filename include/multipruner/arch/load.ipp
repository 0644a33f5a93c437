#pragma once

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/arch/quantization.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/graph/tensor_shape.hpp>
#include <multipruner/io/checkpoint.hpp>
#include <multipruner/io/model_folder.hpp>
#include <multipruner/io/pruning_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Fills the weights of one model from a checkpoint and keeps account of which tensors were used.
class WeightLoader {
 public:
  WeightLoader(const ArchitectureFunctions& architecture, ModelConfig config, const Checkpoint& checkpoint,
               std::optional<PruningConfig> pruning, const LoadOptions& options)
      : architecture_(architecture),
        config_(std::move(config)),
        checkpoint_(checkpoint),
        pruning_(std::move(pruning)),
        options_(options) {}

  Graph load() {
    Weights weights;
    weights.embed_tokens = take(TensorRole::embed_tokens, -1);
    for (Index layer = 0; layer < config_.num_hidden_layers; ++layer) weights.layers.push_back(take_layer(layer));
    weights.final_norm = take(TensorRole::final_norm, -1);
    weights.lm_head = config_.tie_word_embeddings ? weights.embed_tokens : take(TensorRole::lm_head, -1);
    refuse_unknown_tensors();
    if (options_.on_warning) warn_of_own_head(weights.embed_tokens);
    return {config_,
            std::move(weights),
            checkpoint_.storage(options_.release_memory),
            {checkpoint_.path(), architecture_.tensor_name, removal_order()}};
  }

 private:
  LayerWeights take_layer(Index layer) {
    LayerWeights tensors;
    if (pruned(layer, BlockKind::attention)) {
      tensors.attention_norm = take_if_present(TensorRole::attention_norm, layer);
    } else {
      tensors.attention_norm = take(TensorRole::attention_norm, layer);
      tensors.attention.emplace();
      for_each_tensor(*tensors.attention, [&](TensorRole role, WeightView& view) {
        if (tensor_shape(config_, role)) view = take(role, layer);
      });
    }
    if (pruned(layer, BlockKind::mlp)) {
      tensors.mlp_norm = take_if_present(TensorRole::mlp_norm, layer);
    } else {
      tensors.mlp_norm = take(TensorRole::mlp_norm, layer);
      tensors.mlp.emplace();
      for_each_tensor(*tensors.mlp, [&](TensorRole role, WeightView& view) {
        if (tensor_shape(config_, role)) view = take(role, layer);
      });
    }
    return tensors;
  }

  /// Attention first: the file does not tell how removals alternated.
  [[nodiscard]] std::vector<BlockId> removal_order() const {
    std::vector<BlockId> order;
    if (!pruning_) return order;
    for (const Index layer : pruning_->pruned_attn_idx) order.push_back({layer, BlockKind::attention});
    for (const Index layer : pruning_->pruned_mlp_idx) order.push_back({layer, BlockKind::mlp});
    return order;
  }

  [[nodiscard]] bool pruned(Index layer, BlockKind kind) const {
    if (!pruning_) return false;
    const auto& layers = kind == BlockKind::attention ? pruning_->pruned_attn_idx : pruning_->pruned_mlp_idx;
    return std::ranges::find(layers, layer) != layers.end();
  }

  WeightView take(TensorRole role, Index layer) {
    const std::string name = architecture_.tensor_name(role, layer);
    const StoredTensor tensor = checkpoint_.get(name);
    used_.insert(name);
    check_width(role, layer, name, tensor.view);
    return tensor.view;
  }

  WeightView take_if_present(TensorRole role, Index layer) {
    return checkpoint_.info(architecture_.tensor_name(role, layer)) != nullptr ? take(role, layer) : WeightView{};
  }

  /// Widths that pruning changes must be those of pruning_config.json, or the full ones without it; all other extents
  /// are checked by the graph.
  void check_width(TensorRole role, Index layer, const std::string& name, const WeightView& view) const {
    if (role != TensorRole::q_proj && role != TensorRole::gate_proj) return;
    Index width = role == TensorRole::q_proj ? config_.attention_width() : config_.intermediate_size;
    if (pruning_) {
      const auto& widths = role == TensorRole::q_proj ? pruning_->pruned_attn_width : pruning_->pruned_mlp_width;
      if (const auto found = widths.find(layer); found != widths.end()) width = found->second;
    }
    if (view.rows == width) return;
    throw DataError(checkpoint_.path().string() + ": " + name,
                    "it has " + std::to_string(view.rows) + " rows, but " +
                        (pruning_ ? "pruning_config.json" : "config.json") + " asks for " + std::to_string(width),
                    "Check that the files of this folder belong together");
  }

  void refuse_unknown_tensors() const {
    for (const std::string& name : checkpoint_.names()) {
      const bool tied_head = config_.tie_word_embeddings && name == architecture_.tensor_name(TensorRole::lm_head, -1);
      const bool rotary_buffer = name.ends_with("rotary_emb.inv_freq");  // written by old versions of transformers
      if (used_.contains(name) || tied_head || rotary_buffer) continue;
      throw DataError(checkpoint_.path().string() + ": " + name,
                      "a model of type \"" + config_.model_type + "\" with this config.json" +
                          (pruning_ ? " and this pruning_config.json" : "") + " has no such tensor",
                      "Check that the files of this folder belong together");
    }
  }

  /// A head beside a tied embedding is not used, as in transformers; it makes no difference where both are the same.
  void warn_of_own_head(const WeightView& embedding) const {
    const std::string name = architecture_.tensor_name(TensorRole::lm_head, -1);
    const TensorInfo* head = checkpoint_.info(name);
    if (!config_.tie_word_embeddings || head == nullptr) return;
    if (head->dtype && same_bytes(checkpoint_.get(name).view, embedding)) return;
    options_.on_warning({checkpoint_.path().string() + ": " + name,
                         "it differs from the embedding, and is not used, because config.json has "
                         "tie_word_embeddings true",
                         "If the model was trained with it, set tie_word_embeddings to false in config.json"});
  }

  /// Stops at the first difference. Reads both to the end only where there is none.
  [[nodiscard]] bool same_bytes(const WeightView& a, const WeightView& b) const {
    if (a.dtype != b.dtype || a.rows != b.rows || a.columns != b.columns) return false;
    const auto left = a.memory(), right = b.memory();
    const bool same = std::memcmp(left.data(), right.data(), left.size()) == 0;
    if (options_.release_memory) checkpoint_.storage(true)->release(a);
    return same;
  }

  const ArchitectureFunctions& architecture_;
  ModelConfig config_;
  const Checkpoint& checkpoint_;
  std::optional<PruningConfig> pruning_;
  LoadOptions options_;
  std::set<std::string> used_;
};

inline Graph load_as(const ArchitectureFunctions& architecture, const std::filesystem::path& directory,
                     const JsonReader& config, const LoadOptions& options) {
  refuse_quantized(config);
  ModelConfig model = architecture.configure(config);
  if (const auto file = directory / "generation_config.json"; is_there(file)) {
    model.generation_eos_token_ids = hugging_face::read_eos_token_ids(JsonReader::open(file));
  }
  std::optional<PruningConfig> pruning;
  if (const auto file = directory / "pruning_config.json"; is_there(file)) {
    pruning = read_pruning_config(file, model.num_hidden_layers);
  }
  const Checkpoint checkpoint(directory);
  refuse_quantized(checkpoint);
  return WeightLoader(architecture, std::move(model), checkpoint, std::move(pruning), options).load();
}

MULTIPRUNER_INLINE Graph load_one_of(std::span<const ArchitectureFunctions> architectures,
                                     const std::filesystem::path& directory, const LoadOptions& options) {
  require_model_folder(directory);
  const JsonReader config = JsonReader::open(directory / "config.json");
  const auto model_type = config.require<std::string>("model_type");
  std::string known;
  for (const ArchitectureFunctions& architecture : architectures) {
    if (model_type == architecture.model_type) return load_as(architecture, directory, config, options);
    known += (known.empty() ? "" : ", ") + std::string(architecture.model_type);
  }
  throw UnsupportedError(config.where("model_type"), "the architecture \"" + model_type + "\" is not supported",
                         "Use a model of one of these types: " + known);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
