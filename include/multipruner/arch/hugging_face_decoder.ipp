// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face::detail {

/// Far beyond every model.
inline constexpr Bounds<Index> size_bounds{1, largest_size};

/// Rotary settings stand in `rope_theta` and `rope_scaling`, or, since transformers 5, together in `rope_parameters`.
inline RopeConfig read_rope(const JsonReader& config) {
  constexpr Bounds<double> positive{1e-30, 1e30};
  const char* const key = config.contains("rope_parameters") ? "rope_parameters" : "rope_scaling";
  const auto scaling = config.optional_object(key);
  RopeConfig rope;
  rope.theta = config.get_or<double>("rope_theta", 10000.0, positive);
  if (scaling) rope.theta = scaling->get_or<double>("rope_theta", rope.theta, positive);
  for (const JsonReader& reader : {config, scaling.value_or(config)}) {
    if (reader.get_or<double>("partial_rotary_factor", 1.0) == 1.0) continue;
    throw UnsupportedError(reader.where("partial_rotary_factor"),
                           "rotary positions of a part of a head are not supported",
                           "Use a model that rotates whole heads");
  }
  if (!scaling || (!scaling->contains("rope_type") && !scaling->contains("type") && !scaling->contains("factor")))
    return rope;
  const std::string type = scaling->contains("rope_type") ? scaling->require<std::string>("rope_type")
                                                          : scaling->require<std::string>("type");
  if (type == "default") return rope;
  if (type != "linear" && type != "llama3") {
    throw UnsupportedError(config.where(key), "the type \"" + type + "\" is not supported",
                           "Use a model with rope_scaling of type linear or llama3, or none");
  }
  rope.factor = scaling->require<double>("factor", positive);
  if (type == "linear") {
    rope.scaling = RopeScaling::linear;
    return rope;
  }
  rope.scaling = RopeScaling::llama3;
  rope.low_freq_factor = scaling->require<double>("low_freq_factor", positive);
  rope.high_freq_factor = scaling->require<double>("high_freq_factor", positive);
  rope.original_max_position_embeddings = scaling->require<Index>("original_max_position_embeddings", size_bounds);
  if (rope.high_freq_factor <= rope.low_freq_factor) {
    throw DataError(config.where(key), "high_freq_factor is not greater than low_freq_factor", "Correct the file");
  }
  return rope;
}

inline void check_sizes(const JsonReader& config, const DecoderConfig& model) {
  const auto found = problem_of_sizes(model);
  if (!found) return;
  throw DataError(config.where(found->name), found->problem, "Check that config.json is the one of this model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face {

MULTIPRUNER_INLINE std::vector<TokenId> read_eos_token_ids(const JsonReader& config) {
  constexpr const char* key = "eos_token_id";
  if (!config.contains(key)) return {};
  if (config.json().at(key).is_array()) return config.require<std::vector<TokenId>>(key);
  return {config.require<TokenId>(key)};
}

MULTIPRUNER_INLINE DecoderConfig read_config(const JsonReader& config) {
  constexpr Bounds<Index> size = detail::size_bounds;
  const auto activation = config.get_or<std::string>("hidden_act", "silu");
  if (activation != "silu" && activation != "swish") {
    throw UnsupportedError(config.where("hidden_act"), "the activation \"" + activation + "\" is not supported",
                           "Use a model with the activation silu");
  }
  DecoderConfig model;
  model.model_type = config.require<std::string>("model_type");
  model.vocab_size = config.require<Index>("vocab_size", size);
  model.hidden_size = config.require<Index>("hidden_size", size);
  model.intermediate_size = config.require<Index>("intermediate_size", size);
  model.num_hidden_layers = config.require<Index>("num_hidden_layers", {1, 1 << 20});
  model.num_attention_heads = config.require<Index>("num_attention_heads", size);
  model.num_key_value_heads = config.get_or<Index>("num_key_value_heads", model.num_attention_heads, size);
  const auto head_dim = config.optional<Index>("head_dim", size);
  if (!head_dim && model.hidden_size % model.num_attention_heads != 0) {
    throw DataError(config.where("num_attention_heads"), "does not divide hidden_size, and head_dim is not given",
                    "Check that config.json is the one of this model");
  }
  model.head_dim = head_dim.value_or(model.hidden_size / model.num_attention_heads);
  model.max_position_embeddings = config.get_or<Index>("max_position_embeddings", 2048, size);
  model.rms_norm_eps = config.get_or<double>("rms_norm_eps", 1e-6, {0.0, 1.0});
  model.rope = detail::read_rope(config);
  model.tie_word_embeddings = config.get_or<bool>("tie_word_embeddings", false);
  model.eos_token_ids = read_eos_token_ids(config);
  detail::check_sizes(config, model);
  return model;
}

MULTIPRUNER_INLINE std::string tensor_name(TensorRole role, Index layer) {
  constexpr std::array<std::pair<TensorRole, const char*>, 21> names{{
      {"embed_tokens", "model.embed_tokens.weight"},
      {"final_norm", "model.norm.weight"},
      {"lm_head", "lm_head.weight"},
      {"attention_norm", "input_layernorm.weight"},
      {"q_proj", "self_attn.q_proj.weight"},
      {"k_proj", "self_attn.k_proj.weight"},
      {"v_proj", "self_attn.v_proj.weight"},
      {"o_proj", "self_attn.o_proj.weight"},
      {"q_bias", "self_attn.q_proj.bias"},
      {"k_bias", "self_attn.k_proj.bias"},
      {"v_bias", "self_attn.v_proj.bias"},
      {"o_bias", "self_attn.o_proj.bias"},
      {"mlp_norm", "post_attention_layernorm.weight"},
      {"gate_proj", "mlp.gate_proj.weight"},
      {"up_proj", "mlp.up_proj.weight"},
      {"down_proj", "mlp.down_proj.weight"},
      {"gate_bias", "mlp.gate_proj.bias"},
      {"up_bias", "mlp.up_proj.bias"},
      {"down_bias", "mlp.down_proj.bias"},
      {"attention_shortcut", "attention_shortcut.weight"},
      {"mlp_shortcut", "mlp_shortcut.weight"},
  }};
  const std::string place = layer < 0 ? "" : "model.layers." + std::to_string(layer) + ".";
  for (const auto& [known, name] : names) {
    if (known == role) return place + name;
  }
  throw OptionError(std::string(role.name()), "LlamaForCausalLM has no such tensor", "Give the family a name for it");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face
