// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/gguf_layers.hpp>
#include <multipruner/export/detail/layer_config.hpp>
#include <multipruner/export/detail/llama_like.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[noreturn]] inline void refuse_as_gguf(const std::string& what, std::string problem,
                                        std::string remedy = "Save the model in the format hf or multipruner") {
  throw OptionError("gguf: " + what, std::move(problem), std::move(remedy));
}

MULTIPRUNER_INLINE bool gguf_layers_may_differ(std::string_view model_type) {
  return is_llama_like(model_type) || model_type == "baichuan";
}

// What llama.cpp computes. Each of these functions refuses what is not that.

/// What surrounds the blocks.
inline void require_computed_ends(const ModelConfig& config, const GgufArchitecture& architecture) {
  const auto require = [&](bool holds, const char* problem) {
    if (!holds) refuse_as_gguf("the model", problem);
  };
  const double embedding_scale = architecture.norms_plus_one ? std::sqrt(static_cast<double>(config.hidden_size)) : 1;
  const bool is_scaled = architecture.multipliers || config.embedding_scale == embedding_scale;
  const bool has_cap = config.logit_soft_cap > 0;
  require(!config.final_layer_norm && !config.head_bias, "llama.cpp has no LayerNorm and no bias at the end of it");
  require(config.final_norm_offset == architecture.norms_plus_one, "llama.cpp has another last norm for this family");
  require(is_scaled, "llama.cpp multiplies embeddings of this family by another number");
  require(architecture.multipliers || config.logit_scale == 1, "llama.cpp does not scale logits of this family");
  require(has_cap ? architecture.logit_cap || architecture.optional_logit_cap : !architecture.logit_cap,
          has_cap ? "llama.cpp has no soft cap of logits for this family"
                  : "llama.cpp caps the logits of this family always");
  require(config.tie_word_embeddings ? architecture.may_be_tied : architecture.may_be_untied,
          config.tie_word_embeddings ? "llama.cpp wants a head for this family that is not the embedding"
                                     : "llama.cpp has the embedding for the head of this family");
  require(!config.normalized_head || !config.tie_word_embeddings, "its head is the embedding, but with normed rows");
}

inline void require_computed_frame(const BlockFrame& frame, const BlockFrame& first, double epsilon,
                                   const PackedGguf& model, const std::string& label) {
  const GgufArchitecture& architecture = *model.architecture;
  const bool is_known = frame.pre_norm == architecture.pre_norm && frame.post_norm == architecture.post_norm &&
                        frame.norm_offset == architecture.norms_plus_one;
  if (!is_known) refuse_as_gguf(label, "llama.cpp has other norms around blocks of this family");
  if (epsilon != model.view->config().rms_norm_eps) {
    refuse_as_gguf(label, "its norm has another epsilon than the last one, and the format has one for all");
  }
  if (frame.residual_multiplier != (architecture.multipliers ? first.residual_multiplier : 1)) {
    refuse_as_gguf(label, "what it adds is multiplied by a number that the format has no place for");
  }
}

MULTIPRUNER_INLINE double score_scale(const AttentionSpec& spec) {
  return spec.score_scale > 0 ? spec.score_scale : 1 / std::sqrt(static_cast<double>(spec.head_dim));
}

/// The same as llama.cpp knows it of a family, which may depend on how many layers and heads there are.
inline double known_score_scale(const PackedGguf& model, const AttentionSpec& spec) {
  const bool by_width = std::ssize(model.layers) == model.architecture->scaled_by_width_at;
  const Index divided = by_width ? model.view->config().hidden_size / spec.num_attention_heads : spec.head_dim;
  return 1 / std::sqrt(static_cast<double>(divided));
}

/// @param file_layer  the number of the layer that it is of in the file
inline void require_computed_positions(const AttentionSpec& spec, Index file_layer, const PackedGguf& model,
                                       const std::string& label) {
  const GgufArchitecture& architecture = *model.architecture;
  const std::string place = "it would be of layer " + std::to_string(file_layer) + " of the file, where ";
  const bool counts = architecture.counts_layers();
  const char* const remedy = counts ? "Use --target gguf, by which all layers stay, or save the model in the format hf"
                                    : "Save the model in the format hf or multipruner";
  if (spec.positions == Positions::alibi) {
    refuse_as_gguf(label, "positions by ALiBi are not written: what llama.cpp has for them is not read here");
  }
  if ((spec.positions == Positions::rotary) != architecture.is_turned(file_layer)) {
    refuse_as_gguf(label,
                   place + (architecture.is_turned(file_layer) ? "llama.cpp has" : "llama.cpp has no") +
                       " positions for this family",
                   remedy);
  }
  const Index window = architecture.has_window(file_layer) ? model.sliding_window : 0;
  if (spec.sliding_window != window) {
    refuse_as_gguf(label,
                   place +
                       (window > 0 ? "llama.cpp has a sliding window of " + std::to_string(window)
                                   : "llama.cpp has no sliding window") +
                       " for this family, and this one has " +
                       (spec.sliding_window > 0 ? std::to_string(spec.sliding_window) : "none"),
                   remedy);
  }
  const bool is_local = architecture.local_rope && spec.sliding_window > 0;
  if (spec.positions == Positions::rotary && spec.rope != (is_local ? model.local_rope : model.rope)) {
    refuse_as_gguf(label, "it has other rotary settings than layers before it, and the format has those of all layers");
  }
  if (spec.rotary_dim != 0 && !architecture.fused) {
    refuse_as_gguf(label, "llama.cpp turns whole heads for this family, and here a part of them turns");
  }
}

inline void require_computed(const AttentionSpec& spec, Index file_layer, const AttentionSpec& first,
                             const PackedGguf& model, const std::string& label) {
  const GgufArchitecture& architecture = *model.architecture;
  require_computed_frame(spec.frame, first.frame, spec.rms_norm_eps, model, label);
  require_computed_positions(spec, file_layer, model, label);
  const auto require = [&](bool holds, const char* problem) {
    if (!holds) refuse_as_gguf(label, problem);
  };
  require(spec.query_key_norm == architecture.query_key_norm,
          "llama.cpp has other norms of queries and keys for this family");
  require(architecture.score_cap ? spec.score_soft_cap > 0 && spec.score_soft_cap == first.score_soft_cap
                                 : spec.score_soft_cap == 0,
          "llama.cpp has another soft cap of scores for this family");
  require((!spec.qkv_bias || architecture.qkv_bias) && (!spec.o_bias || architecture.other_biases),
          "llama.cpp has no place for its biases in this family");
  const double scale = score_scale(spec);
  if (architecture.multipliers) {
    require(scale == score_scale(first), "its scores are scaled otherwise than those of the first layer");
    return;
  }
  const double known = known_score_scale(model, model.attention[static_cast<std::size_t>(file_layer)]);
  require(std::abs(scale - known) <= 1e-6 * known,
          "llama.cpp scales its scores by another number, which it knows by the layers and heads of this family");
}

inline void require_computed(const GatedMlpSpec& spec, const GatedMlpSpec& first, const PackedGguf& model,
                             const std::string& label) {
  require_computed_frame(spec.frame, first.frame, spec.rms_norm_eps, model, label);
  if (spec.activation != model.architecture->activation) {
    refuse_as_gguf(label, "llama.cpp has another activation for this family");
  }
  if (spec.bias && !model.architecture->other_biases) {
    refuse_as_gguf(label, "llama.cpp has no place for its biases in this family");
  }
}

inline void require_computed_rope(const RopeConfig& rope, const GgufArchitecture& architecture, bool is_local) {
  const RopeScaling scaling = rope.scaling;
  const bool is_known = scaling == RopeScaling::none || (scaling == RopeScaling::linear && !is_local) ||
                        (scaling == RopeScaling::llama3 && architecture.llama3_scaling && !is_local) ||
                        (scaling == RopeScaling::longrope && architecture.longrope && !is_local);
  if (is_known) return;
  refuse_as_gguf("the model",
                 "rotary scaling of type " + std::string(name_of(scaling)) + " is not written for this family");
}

inline void require_computed(const PackedGguf& model, const CommonSpecs& first) {
  const ModelView& view = *model.view;
  const GgufArchitecture& architecture = *model.architecture;
  require_computed_ends(view.config(), architecture);
  const bool always_has_windows = architecture.full_every > 0 && !architecture.local_rope;
  if (always_has_windows && model.sliding_window == 0) {
    refuse_as_gguf("the model", "it has no sliding window, and llama.cpp has one for layers of this family");
  }
  require_computed_rope(model.rope, architecture, false);
  if (architecture.local_rope) require_computed_rope(model.local_rope, architecture, true);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const auto& [attention, mlp] = model.layers[i];
    if (attention) {
      const BlockSpec& block = view.graph().spec(*attention);
      require_computed(*block.as<Attention>(), static_cast<Index>(i), first.attention, model, block.label());
    }
    if (mlp) {
      const BlockSpec& block = view.graph().spec(*mlp);
      require_computed(*block.as<GatedMlp>(), first.mlp, model, block.label());
    }
  }
}

/// Rotary settings of the first layer that has a window, or none; of whichever layer where there is none such.
inline RopeConfig rope_of(const ModelConfig& config, bool has_window, const RopeConfig& otherwise) {
  for (const BlockSpec& block : config.blocks) {
    const auto* const spec = block.as<Attention>();
    if (spec != nullptr && (spec->sliding_window > 0) == has_window) return spec->rope;
  }
  return otherwise;
}

inline Index first_window(const ModelConfig& config) {
  for (const BlockSpec& block : config.blocks) {
    const auto* const spec = block.as<Attention>();
    if (spec != nullptr && spec->sliding_window > 0) return spec->sliding_window;
  }
  return 0;
}

/// Zeros in place of an MLP that a layer lacks: as wide as a block of a quantised row.
inline constexpr Index empty_mlp_width = 32;

inline PackedGguf without_specs(const ModelView& view, const GgufArchitecture& architecture,
                                std::vector<PackedLayer> layers, const AttentionSpec& first) {
  const bool two_ropes = architecture.local_rope;
  return {.view = &view,
          .architecture = &architecture,
          .layers = std::move(layers),
          .attention = {},
          .mlp = {},
          .rope = two_ropes ? rope_of(view.config(), false, first.rope) : first.rope,
          .local_rope = two_ropes ? rope_of(view.config(), true, RopeConfig{}) : RopeConfig{},
          .sliding_window = architecture.has_windows() ? first_window(view.config()) : 0,
          .context_length = view.config().max_position_embeddings,
          .long_factors = {}};
}

/// What longrope has for texts that are longer than those that the model was first trained on, which is not in the
/// model but in its config.json. @throws OptionError where it is not there
inline void add_longrope(PackedGguf& model) {
  const nlohmann::json config = source_config(*model.view);
  const nlohmann::json none = nlohmann::json::object();
  const auto section = [&](const char* name) {
    const auto found = config.find(name);
    return found != config.end() && found->is_object() ? *found : none;
  };
  const std::string key = section("rope_parameters").empty() ? "rope_scaling" : "rope_parameters";
  const nlohmann::json factors = section(key.c_str()).value("long_factor", none);
  const bool are_numbers =
      factors.is_array() && factors.size() == model.rope.factors.size() &&
      std::ranges::all_of(factors, [](const auto& factor) { return factor.is_number() && factor > 0; });
  if (!are_numbers) {
    refuse_as_gguf(key + " of config.json",
                   "long_factor is no list of " + std::to_string(model.rope.factors.size()) + " numbers above 0");
  }
  model.long_factors = factors.get<std::vector<double>>();
  model.context_length = config.value("max_position_embeddings", model.context_length);
}

inline Index padded_width(Index width, Index multiple) {
  return (width + multiple - 1) / multiple * multiple;
}

/// Sizes of all layers; what is missing is zeros, where a layer of the format has it.
inline void add_specs(PackedGguf& model, const CommonSpecs& common, Index width_multiple) {
  const ModelView& view = *model.view;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const PackedLayer& layer = model.layers[i];
    AttentionSpec attention = common.attention;
    if (layer.attention) attention = *view.graph().spec(*layer.attention).as<Attention>();
    const Index heads_per_group = attention.heads_per_group();
    attention.num_key_value_heads = layer.attention ? kept_groups(view, *layer.attention) : i == 0 ? 1 : 0;
    attention.num_attention_heads = attention.num_key_value_heads * heads_per_group;
    GatedMlpSpec mlp = common.mlp;
    const Index width = layer.mlp ? kept_width(view, *layer.mlp) : empty_mlp_width;
    mlp.intermediate_size = padded_width(width, width_multiple);
    model.attention.push_back(attention);
    model.mlp.push_back(mlp);
  }
}

/// The number of the first layer that is not as wide as the first; nothing where all are alike.
inline std::optional<std::size_t> first_that_differs(const PackedGguf& model) {
  for (std::size_t i = 1; i < model.layers.size(); ++i) {
    if (model.attention[i].num_attention_heads != model.attention[0].num_attention_heads ||
        model.attention[i].num_key_value_heads != model.attention[0].num_key_value_heads ||
        model.mlp[i].intermediate_size != model.mlp[0].intermediate_size) {
      return i;
    }
  }
  return std::nullopt;
}

/// Of a model whose layers may differ.
inline PackedGguf packed_llama(const ModelView& view, Index width_multiple) {
  const bool is_baichuan = view.config().model_type == "baichuan";
  const LlamaLayers packed = is_baichuan ? layers_that_may_differ(view, "gguf") : llama_layers(view, "gguf");
  PackedGguf model = without_specs(view, *gguf_architecture("deci"), packed.layers, packed.specs.attention);
  add_specs(model, packed.specs, width_multiple);
  if (!first_that_differs(model)) {
    const bool as_qwen = view.config().model_type == "qwen2" &&
                         model.attention[0].width() == view.config().hidden_size &&
                         model.rope.scaling != RopeScaling::llama3;
    model.architecture = gguf_architecture(as_qwen ? "qwen2" : "llama");
  }
  require_computed(model, packed.specs);
  return model;
}

inline void require_alike(const PackedGguf& model) {
  constexpr const char* remedy = "Use --target gguf, or save the model in the format hf";
  const std::string family = "\"" + model.view->config().model_type + "\"";
  if (model.layers.empty()) refuse_as_gguf("the model", "the plan leaves no layer of it", remedy);
  for (const PackedLayer& layer : model.layers) {
    if (layer.attention && layer.mlp) continue;
    const BlockId left = layer.attention ? *layer.attention : *layer.mlp;
    refuse_as_gguf(model.view->graph().spec(left).label(),
                   "it has lost the other block of its layer, and layers of models of type " + family +
                       " have to be alike in llama.cpp",
                   remedy);
  }
}

/// Of a model whose layers have to be alike.
inline PackedGguf packed_alike(const ModelView& view, const GgufArchitecture& architecture, Index width_multiple) {
  require_one_stream(view, "gguf");
  const CommonSpecs common = common_specs(view.config(), "gguf", true);
  PackedGguf model = without_specs(view, architecture, repack(view.plan()), common.attention);
  require_alike(model);
  add_specs(model, common, width_multiple);
  if (model.rope.scaling == RopeScaling::longrope && architecture.longrope) add_longrope(model);
  if (const auto layer = first_that_differs(model)) {
    refuse_as_gguf(view.graph().spec(*model.layers[*layer].attention).label(),
                   "its layer is of other widths than the first, and layers of models of type \"" +
                       view.config().model_type + "\" have to be alike in llama.cpp",
                   "Use --target gguf, or save the model in the format hf");
  }
  if (architecture.whole_width && model.attention[0].width() != view.config().hidden_size) {
    refuse_as_gguf(view.graph().spec(*model.layers[0].attention).label(),
                   "its heads are not as wide as the stream, which llama.cpp wants of models of type \"" +
                       view.config().model_type + "\"",
                   "Use --target gguf, by which all heads stay, or save the model in the format hf");
  }
  require_computed(model, common);
  return model;
}

MULTIPRUNER_INLINE PackedGguf packed_gguf(const ModelView& view, Index width_multiple) {
  if (gguf_layers_may_differ(view.config().model_type)) return packed_llama(view, width_multiple);
  const std::string& model_type = view.config().model_type;
  const GgufArchitecture* const architecture = gguf_architecture_of(model_type);
  if (architecture != nullptr) return packed_alike(view, *architecture, width_multiple);
  refuse_as_gguf("the model", "models of type \"" + model_type + "\" are not written");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
