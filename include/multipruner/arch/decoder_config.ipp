// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Attention blocks of a stream, of which those that are alike share a spec.
class AttentionBlocks {
 public:
  explicit AttentionBlocks(Index stream) : stream_(stream) {}

  [[nodiscard]] BlockSpec get(AttentionSpec spec, Index layer) {
    for (const BlockSpec& known : known_) {
      if (*known.as<Attention>() == spec) return known.in_layer(layer);
    }
    known_.push_back(BlockSpec::of<Attention>(std::move(spec), layer, stream_));
    return known_.back();
  }

 private:
  Index stream_;
  std::vector<BlockSpec> known_{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE AttentionSpec DecoderConfig::attention() const {
  return {.num_attention_heads = num_attention_heads,
          .num_key_value_heads = num_key_value_heads,
          .head_dim = head_dim,
          .rms_norm_eps = rms_norm_eps,
          .rope = rope,
          .qkv_bias = qkv_bias,
          .o_bias = o_bias,
          .positions = positions,
          .rotary_dim = rotary_dim,
          .sliding_window = sliding_window,
          .score_scale = score_scale,
          .score_soft_cap = score_soft_cap,
          .query_key_norm = query_key_norm,
          .frame = frame};
}

MULTIPRUNER_INLINE GatedMlpSpec DecoderConfig::mlp() const {
  return {.intermediate_size = intermediate_size,
          .rms_norm_eps = rms_norm_eps,
          .bias = mlp_bias,
          .activation = activation,
          .frame = frame};
}

MULTIPRUNER_INLINE std::optional<SizeProblem> problem_of_sizes(const DecoderConfig& decoder) {
  const std::pair<const char*, Index> sizes[] = {
      {"vocab_size", decoder.vocab_size},
      {"hidden_size", decoder.hidden_size},
      {"intermediate_size", decoder.intermediate_size},
      {"num_hidden_layers", decoder.num_hidden_layers},
  };
  for (const auto& [name, size] : sizes) {
    if (size < 1 || size > largest_size) return SizeProblem{name, "it is " + std::to_string(size)};
  }
  if (auto found = Attention::problem(decoder.attention())) return found;
  const Index width = decoder.attention().width();
  const Index of_layer = decoder.hidden_size * (4 * width + 3 * decoder.intermediate_size + 4);
  const Index of_vocabulary = 2 * decoder.hidden_size * decoder.vocab_size;
  if (of_layer > most_parameters / decoder.num_hidden_layers || of_vocabulary > most_parameters) {
    return SizeProblem{"hidden_size", "with these other sizes, the model has more parameters than any"};
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE ModelConfig to_model(const DecoderConfig& decoder, const LayerAdjustment& adjust) {
  if (const auto found = problem_of_sizes(decoder)) {
    throw DataError(std::string("configuration: ") + found->name, found->problem,
                    "Set the sizes that the model was made with");
  }
  detail::AttentionBlocks attention(decoder.hidden_size);
  const auto mlp = BlockSpec::of<GatedMlp>(decoder.mlp(), 0, decoder.hidden_size);
  std::vector<BlockSpec> blocks;
  blocks.reserve(static_cast<std::size_t>(2 * decoder.num_hidden_layers));
  for (Index layer = 0; layer < decoder.num_hidden_layers; ++layer) {
    AttentionSpec spec = decoder.attention();
    if (adjust) adjust(layer, spec);
    blocks.push_back(attention.get(std::move(spec), layer));
    blocks.push_back(mlp.in_layer(layer));
  }
  ModelConfig model = decoder;
  model.blocks = BlockList(std::move(blocks));
  return model;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
