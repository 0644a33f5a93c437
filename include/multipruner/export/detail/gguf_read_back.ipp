// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/gguf_names.hpp>
#include <multipruner/export/detail/gguf_read_back.hpp>
#include <multipruner/io/dequantize.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Keeps a mapped file, and copies of what cannot be used as it lies there.
struct GgufMemory final : WeightMemory {
  GgufMemory(GgufFile file_, const std::filesystem::path& folder) : file(std::move(file_)), copies(folder) {}

  MULTIPRUNER_INLINE void release(const WeightView& weight) const noexcept override;

  GgufFile file;
  WeightStore copies;
};

MULTIPRUNER_INLINE void GgufMemory::release(const WeightView& weight) const noexcept {
  copies.release(weight);
  file.release(weight.memory());
}

class GgufReader {
 public:
  explicit GgufReader(const std::filesystem::path& path)
      : memory_(std::make_shared<GgufMemory>(GgufFile(path), path.parent_path())),
        architecture_(file().key("general.architecture").string()) {
    if (architecture_ == "llama" || architecture_ == "qwen2" || architecture_ == "deci") return;
    throw UnsupportedError(path.string(), "the architecture \"" + architecture_ + "\" is none that is written here",
                           "Give a file that was written here");
  }

  [[nodiscard]] Graph read() {
    ModelConfig config = read_config();
    Weights weights(config);
    fill(weights.ends, Ends::slots, -1, {});
    if (config.tie_word_embeddings) weights.ends[Ends::lm_head] = weights.ends[Ends::embed_tokens];
    for (Index position = 0; position < config.num_blocks(); ++position) {
      const BlockSpec& block = config.blocks[{position}];
      fill(weights[BlockId{position}], block.kind().slots, block.layer(), block);
    }
    return {std::move(config), std::move(weights), memory_};
  }

 private:
  [[nodiscard]] const GgufFile& file() const { return memory_->file; }
  [[nodiscard]] const GgufEntry& key(const char* name) const { return file().key(architecture_ + "." + name); }
  [[nodiscard]] bool has(TensorRole role, Index layer) const { return file().find(gguf_name(role, layer)) != nullptr; }

  /// A size of a layer, of which the file has one, or one for every layer.
  [[nodiscard]] Index of_layer(const char* name, Index layer) const {
    const GgufEntry& entry = key(name);
    if (!entry.is_array()) return entry.integer();
    const std::vector<Index> sizes = entry.integers();
    if (layer < std::ssize(sizes)) return sizes[static_cast<std::size_t>(layer)];
    throw DataError(file().path().string() + ": " + std::string(entry.name()), "it has too few entries",
                    "Write the file again");
  }

  [[nodiscard]] RopeConfig read_rope() const {
    RopeConfig rope{.theta = key("rope.freq_base").number()};
    if (const GgufEntry* factor = file().find_key(architecture_ + ".rope.scaling.factor")) {
      rope.scaling = RopeScaling::linear;
      rope.factor = factor->number();
    }
    if (file().find("rope_freqs.weight") == nullptr) return rope;
    rope.scaling = RopeScaling::llama3;
    rope.factor = file().key("multipruner.rope_scaling.factor").number();
    rope.low_freq_factor = file().key("multipruner.rope_scaling.low_freq_factor").number();
    rope.high_freq_factor = file().key("multipruner.rope_scaling.high_freq_factor").number();
    rope.original_max_position_embeddings = file().key("multipruner.rope_scaling.original_context_length").integer();
    check_factors(rope);
    return rope;
  }

  void check_factors(const RopeConfig& rope) const {
    const GgufTensorInfo& tensor = file().get("rope_freqs.weight");
    Matrix<float> factors(1, tensor.columns());
    dequantize(tensor, factors.view());
    const std::vector<float> expected = llama3_factors(rope, key("attention.key_length").integer());
    const auto is_close = [](float a, float b) { return std::abs(a - b) <= 1e-6F * a; };
    const float* found = factors.view().data;
    if (std::equal(expected.begin(), expected.end(), found, found + tensor.columns(), is_close)) return;
    throw DataError(file().path().string() + ": rope_freqs.weight", "it is not what the scaling comes to",
                    "Write the file again");
  }

  [[nodiscard]] ModelConfig read_config() const {
    ModelConfig config;
    config.model_type = architecture_;
    config.vocab_size = key("vocab_size").integer();
    config.hidden_size = key("embedding_length").integer();
    config.num_hidden_layers = key("block_count").integer();
    config.max_position_embeddings = key("context_length").integer();
    config.rms_norm_eps = key("attention.layer_norm_rms_epsilon").number();
    config.tie_word_embeddings = !has("lm_head", -1);
    const RopeConfig rope = read_rope();
    std::vector<BlockSpec> blocks;
    for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
      const Index heads = of_layer("attention.head_count", layer);
      if (heads > 0) {
        const AttentionSpec spec{heads,
                                 of_layer("attention.head_count_kv", layer),
                                 key("attention.key_length").integer(),
                                 config.rms_norm_eps,
                                 rope,
                                 has("q_bias", layer),
                                 has("o_bias", layer)};
        blocks.push_back(BlockSpec::of<Attention>(spec, layer, config.hidden_size));
      }
      const GatedMlpSpec mlp{of_layer("feed_forward_length", layer), config.rms_norm_eps, has("down_bias", layer)};
      blocks.push_back(BlockSpec::of<GatedMlp>(mlp, layer, config.hidden_size));
    }
    config.blocks = BlockList(std::move(blocks));
    return config;
  }

  void fill(Tensors& tensors, std::span<const Slot> slots, Index layer, const std::optional<BlockSpec>& block) {
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const auto name = known_gguf_name(slots[slot].role, layer);
      if (!name || file().find(*name) == nullptr) continue;
      tensors[slot] = read_tensor(*name);
      const bool is_turned = slot == Attention::q_proj || slot == Attention::q_bias || slot == Attention::k_proj ||
                             slot == Attention::k_bias;
      if (block && block->is<Attention>() && is_turned && architecture_ != "qwen2") {
        tensors[slot] = halves_apart(tensors[slot], block->as<Attention>()->head_dim, slots[slot].is_matrix());
      }
    }
  }

  WeightView read_tensor(const std::string& name) {
    const GgufTensorInfo& tensor = file().get(name);
    if (dtype_of_gguf(tensor.type)) return file().weight(name).view;
    const Index columns = tensor.columns();
    return memory_->copies.fill(tensor.rows(), columns, DType::float32, [&](Index row, std::byte* target) {
      const auto bytes = static_cast<std::size_t>(row_bytes(tensor.type, columns));
      dequantize(tensor.type, tensor.data.subspan(static_cast<std::size_t>(row) * bytes, bytes),
                 MatrixView<float>(reinterpret_cast<float*>(target), 1, columns));
    });
  }

  /// The channels of heads as they lie in the model: those that turn together half a head apart.
  WeightView halves_apart(const WeightView& tensor, Index head_dim, bool is_matrix) {
    std::vector<Index> order;
    for (Index head = 0; head < (is_matrix ? tensor.rows : tensor.columns); head += head_dim) {
      for (Index channel = 0; channel < head_dim; ++channel) {
        order.push_back(head + 2 * (channel % (head_dim / 2)) + channel / (head_dim / 2));
      }
    }
    return is_matrix ? memory_->copies.gather_rows(tensor, order) : memory_->copies.gather_columns(tensor, order);
  }

  std::shared_ptr<GgufMemory> memory_;
  std::string architecture_;
};

MULTIPRUNER_INLINE Graph read_gguf_back(const std::filesystem::path& file) {
  return GgufReader(file).read();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
