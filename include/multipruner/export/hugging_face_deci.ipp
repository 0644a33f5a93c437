// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/arch/deci.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/export/detail/decilm_files.hpp>
#include <multipruner/export/detail/layer_config.hpp>
#include <multipruner/export/detail/llama_like.hpp>
#include <multipruner/export/detail/write_packed.hpp>
#include <multipruner/export/hugging_face_deci.hpp>
#include <multipruner/io/staged_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The fewest key/value heads that hold `needed` of them and divide the query heads.
inline Index dividing_groups(const AttentionSpec& attention, Index needed) {
  Index groups = std::max<Index>(needed, 1);
  while (attention.num_attention_heads % groups != 0) ++groups;
  return groups;
}

/// The attention of a layer of the file. Engines have biases on all of its linears or on none.
inline AttentionSpec deci_attention(const ModelView& view, const LlamaLayers& model, const PackedLayer& layer) {
  AttentionSpec spec = model.specs.attention;
  spec.num_key_value_heads = dividing_groups(spec, layer.attention ? kept_groups(view, *layer.attention) : 1);
  spec.qkv_bias = spec.o_bias = spec.qkv_bias || spec.o_bias;
  return spec;
}

inline GatedMlpSpec deci_mlp(const ModelView& view, const LlamaLayers& model, const PackedLayer& layer, bool exact) {
  constexpr Index unit = 256;  // of ffn_mult
  GatedMlpSpec spec = model.specs.mlp;
  const Index width = kept_width(view, *layer.mlp);
  spec.intermediate_size = exact ? width : (width + unit - 1) / unit * unit;
  return spec;
}

inline PackedModel pack_deci(const ModelView& view, const LlamaLayers& model, bool exact) {
  PackedModel packed(view);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const PackedLayer& layer = model.layers[i];
    if (has_attention(model, i)) {
      const AttentionSpec spec = deci_attention(view, model, layer);
      packed.add_attention(layer.attention, spec, spread_heads(view, layer.attention, spec));
    }
    if (layer.mlp) packed.add_mlp(layer.mlp, deci_mlp(view, model, layer, exact));
    packed.end_layer();
  }
  return packed;
}

inline nlohmann::json deci_blocks(const ModelView& view, const LlamaLayers& model, bool exact) {
  nlohmann::json blocks = nlohmann::json::array();
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const PackedLayer& layer = model.layers[i];
    nlohmann::json attention{{"no_op", !has_attention(model, i)}, {"n_heads_in_group", nullptr},
                             {"replace_with_linear", false},      {"sparsify", nullptr},
                             {"window_length", nullptr},          {"num_sink_tokens", nullptr},
                             {"unshifted_sink", false},           {"use_prefill_window_in_sink_attention", false}};
    if (has_attention(model, i)) {
      attention["n_heads_in_group"] = deci_attention(view, model, layer).heads_per_group();
    }
    nlohmann::json ffn{{"no_op", !layer.mlp}, {"replace_with_linear", false}, {"sparsify", nullptr}};
    if (layer.mlp && exact) {
      ffn["intermediate_size"] = kept_width(view, *layer.mlp);  // mlx-lm takes no entry that it does not know
    } else {
      ffn["ffn_mult"] = nullptr;
    }
    if (layer.mlp && !exact) {
      const Index width = deci_mlp(view, model, layer, exact).intermediate_size;
      ffn["ffn_mult"] = Deci::ffn_mult(width, view.config().hidden_size);
    }
    blocks.push_back({{"attention", std::move(attention)}, {"ffn", std::move(ffn)}});
  }
  return blocks;
}

/// Rotary settings where engines of all ages look for them: `rope_theta`, `rope_scaling`.
inline void set_plain_rope(nlohmann::json& config) {
  const auto found = config.find("rope_parameters");
  if (found == config.end() || !found->is_object()) return;
  nlohmann::json scaling = *found;
  config.erase("rope_parameters");
  if (scaling.contains("rope_theta")) config["rope_theta"] = scaling["rope_theta"];
  scaling.erase("rope_theta");
  const bool is_plain = scaling.value("rope_type", "default") == "default";
  config["rope_scaling"] = is_plain ? nlohmann::json() : std::move(scaling);
}

inline nlohmann::json deci_config(const ModelView& view, const LlamaLayers& model, bool exact) {
  nlohmann::json config = source_config(view);
  for (const char* key : {"layer_types", "max_window_layers", "sliding_window", "use_sliding_window", "qkv_bias"}) {
    config.erase(key);
  }
  set_plain_rope(config);
  const AttentionSpec& attention = model.specs.attention;
  config["architectures"] = {"DeciLMForCausalLM"};
  config["model_type"] = Deci::model_type;
  config["auto_map"] = {{"AutoConfig", "configuration_decilm.DeciLMConfig"},
                        {"AutoModelForCausalLM", "modeling_decilm.DeciLMForCausalLM"}};
  config["num_hidden_layers"] = model.layers.size();
  config["num_attention_heads"] = attention.num_attention_heads;
  config["head_dim"] = attention.head_dim;
  config["num_key_value_heads"] = config["intermediate_size"] = nullptr;
  config["attention_bias"] = attention.qkv_bias || attention.o_bias;
  config["mlp_bias"] = model.specs.mlp.bias;
  config["block_configs"] = deci_blocks(view, model, exact);
  config["multipruner_layer_map"] = layer_map(view, model.layers);
  return config;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE void HuggingFaceDeci::require_exportable(const ModelView& view) const {
  static_cast<void>(detail::llama_layers(view, name));
}

MULTIPRUNER_INLINE PaddingReport HuggingFaceDeci::padding(const ModelView& view) const {
  return detail::pack_deci(view, detail::llama_layers(view, name), exact_widths).padding();
}

MULTIPRUNER_INLINE Index HuggingFaceDeci::bytes(const ModelView& view) const {
  return detail::pack_deci(view, detail::llama_layers(view, name), exact_widths).bytes();
}

MULTIPRUNER_INLINE void HuggingFaceDeci::write(const ModelView& view, const std::vector<BlockId>&,
                                               const std::filesystem::path& folder,
                                               const WriteObserver& on_written) const {
  const detail::LlamaLayers model = detail::llama_layers(view, name);
  detail::copy_companions(view.graph().origin().files(), folder);
  detail::write_config(folder, detail::deci_config(view, model, exact_widths));
  write_file_atomically(folder / "configuration_decilm.py", detail::decilm_configuration);
  write_file_atomically(folder / "modeling_decilm.py", detail::decilm_modeling);
  detail::write_packed(detail::pack_deci(view, model, exact_widths), detail::CheckpointTensors(Deci::tensor_name),
                       folder, {.max_shard_bytes = max_shard_bytes, .on_written = on_written});
}

MULTIPRUNER_INLINE Graph HuggingFaceDeci::read_back(const std::filesystem::path& folder) const {
  return load<Deci>(folder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
