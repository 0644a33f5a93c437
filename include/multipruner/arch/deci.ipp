// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/arch/deci.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What all layers of a Nemotron-NAS model have in common. Its config.json gives no width of MLPs.
inline DecoderConfig read_common_config(const JsonReader& config) {
  nlohmann::json entries = config.json();
  entries["intermediate_size"] = 1;
  entries["num_key_value_heads"] = nullptr;
  DecoderConfig decoder = hugging_face::read_config(JsonReader(std::move(entries), config.source()));
  decoder.o_bias = config.get_or<bool>("attention_bias", false);
  decoder.qkv_bias = config.get_or<bool>("qkv_bias", decoder.o_bias);
  decoder.mlp_bias = config.get_or<bool>("mlp_bias", false);
  return decoder;
}

inline void refuse_entry(const JsonReader& block, const std::string& key) {
  throw UnsupportedError(block.where(key), "blocks of this kind are not supported",
                         "Use a model whose layers have attention and gated MLPs alone");
}

/// Whether a layer has one of its blocks. @throws UnsupportedError where something else stands in its place
inline bool has_block(const JsonReader& block) {
  if (block.get_or<bool>("no_op", false)) return false;
  if (block.get_or<bool>("replace_with_linear", false)) refuse_entry(block, "replace_with_linear");
  for (const char* key : {"window_length", "num_sink_tokens", "sparsify"}) {
    if (block.contains(key)) refuse_entry(block, key);
  }
  if (block.get_or<std::string>("hidden_act", "silu") != "silu") refuse_entry(block, "hidden_act");
  return true;
}

inline Index key_value_heads(const JsonReader& attention, Index heads) {
  const auto group = attention.require<Index>("n_heads_in_group", {1, heads});
  if (heads % group == 0) return heads / group;
  throw DataError(attention.where("n_heads_in_group"),
                  std::to_string(heads) + " attention heads are not whole groups of " + std::to_string(group),
                  "Check that config.json is the one of this model");
}

inline Index mlp_width(const JsonReader& mlp, Index hidden_size) {
  if (!mlp.contains("ffn_mult")) return mlp.require<Index>("intermediate_size", {1, largest_size});
  return Deci::intermediate_size(mlp.require<double>("ffn_mult", {1e-6, 1e6}), hidden_size);
}

/// The blocks of a layer. @param decoder  what all layers have in common
inline void add_blocks(std::vector<BlockSpec>& blocks, const JsonReader& layer, DecoderConfig decoder, Index index) {
  const JsonReader attention = layer.require_object("attention"), mlp = layer.require_object("ffn");
  const bool has_attention = has_block(attention), has_mlp = has_block(mlp);
  if (has_attention) {
    decoder.num_attention_heads =
        attention.get_or<Index>("num_attention_heads", decoder.num_attention_heads, {1, largest_size});
    decoder.num_key_value_heads = key_value_heads(attention, decoder.num_attention_heads);
  }
  if (has_mlp) decoder.intermediate_size = mlp_width(mlp, decoder.hidden_size);
  if (const auto found = problem_of_sizes(decoder)) {
    throw DataError(layer.where(found->name), found->problem, "Check that config.json is the one of this model");
  }
  if (has_attention) blocks.push_back(BlockSpec::of<Attention>(decoder.attention(), index, decoder.hidden_size));
  if (has_mlp) blocks.push_back(BlockSpec::of<GatedMlp>(decoder.mlp(), index, decoder.hidden_size));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Deci::configure(const JsonReader& config) {
  const DecoderConfig decoder = detail::read_common_config(config);
  const std::vector<JsonReader> layers = config.objects("block_configs");
  if (static_cast<Index>(layers.size()) != decoder.num_hidden_layers) {
    throw DataError(config.where("block_configs"),
                    "it has " + std::to_string(layers.size()) + " entries for " +
                        std::to_string(decoder.num_hidden_layers) + " layers",
                    "Check that config.json is the one of this model");
  }
  std::vector<BlockSpec> blocks;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    detail::add_blocks(blocks, layers[i], decoder, static_cast<Index>(i));
  }
  ModelConfig model = decoder;
  model.blocks = BlockList(std::move(blocks));
  return model;
}

MULTIPRUNER_INLINE Index Deci::intermediate_size(double ffn_mult, Index hidden_size) {
  constexpr Index unit = 256;
  const auto width = static_cast<Index>(2 * ffn_mult * static_cast<double>(hidden_size) / 3);
  return (width + unit - 1) / unit * unit;
}

MULTIPRUNER_INLINE double Deci::ffn_mult(Index width, Index hidden_size) {
  return std::round(1.5 * static_cast<double>(width - 128) / static_cast<double>(hidden_size) * 1e6) / 1e6;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
