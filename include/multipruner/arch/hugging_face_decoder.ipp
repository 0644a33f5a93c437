// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face::detail {

/// Far beyond every model.
inline constexpr Bounds<Index> size_bounds{1, largest_size};

inline constexpr Bounds<double> positive{1e-30, 1e30};

/// A rotary setting, and where it stands: in `rope_parameters` since transformers 5, perhaps of one type of layers,
/// else in `rope_scaling`; some also beside it.
struct RopeReader {
  JsonReader config;
  std::optional<JsonReader> settings;
  const char* key;

  RopeReader(const JsonReader& config_, const char* layer_type)
      : config(config_),
        settings(config.optional_object(config.contains("rope_parameters") ? "rope_parameters" : "rope_scaling")),
        key(config.contains("rope_parameters") ? "rope_parameters" : "rope_scaling") {
    if (!settings || (!settings->contains("full_attention") && !settings->contains("sliding_attention"))) return;
    settings = settings->optional_object(layer_type);
  }

  [[nodiscard]] double get_or(const char* name, double otherwise, Bounds<double> bounds) const {
    const double beside = config.get_or<double>(name, otherwise, bounds);
    return settings ? settings->get_or<double>(name, beside, bounds) : beside;
  }

  /// "none" where nothing is stretched.
  [[nodiscard]] std::string type() const {
    if (!settings || (!settings->contains("rope_type") && !settings->contains("type") && !settings->contains("factor")))
      return "none";
    const std::string type = settings->contains("rope_type") ? settings->require<std::string>("rope_type")
                                                             : settings->require<std::string>("type");
    return type == "default" ? "none" : type;
  }

  /// The length that the model was first trained on.
  [[nodiscard]] Index original_length() const {
    constexpr const char* name = "original_max_position_embeddings";
    if (const auto beside = config.optional<Index>(name, size_bounds)) return *beside;
    if (const auto given = settings->optional<Index>(name, size_bounds)) return *given;
    return config.require<Index>("max_position_embeddings", size_bounds);
  }
};

inline void read_llama3(const RopeReader& reader, RopeConfig& rope) {
  rope.scaling = RopeScaling::llama3;
  rope.factor = reader.settings->require<double>("factor", positive);
  rope.low_freq_factor = reader.settings->require<double>("low_freq_factor", positive);
  rope.high_freq_factor = reader.settings->require<double>("high_freq_factor", positive);
  rope.original_max_position_embeddings =
      reader.settings->require<Index>("original_max_position_embeddings", size_bounds);
  if (rope.high_freq_factor <= rope.low_freq_factor) {
    throw DataError(reader.config.where(reader.key), "high_freq_factor is not greater than low_freq_factor",
                    "Correct the file");
  }
}

/// What YaRN multiplies cosines and sines by.
inline double yarn_attention_factor(const JsonReader& settings, double factor) {
  const auto of_scale = [factor](double scale) { return factor <= 1 ? 1 : 0.1 * scale * std::log(factor) + 1; };
  if (const auto given = settings.optional<double>("attention_factor", positive)) return *given;
  const double scale = settings.get_or<double>("mscale", 0, {0, 1e30});
  const double scale_of_all = settings.get_or<double>("mscale_all_dim", 0, {0, 1e30});
  return scale > 0 && scale_of_all > 0 ? of_scale(scale) / of_scale(scale_of_all) : of_scale(1);
}

inline void read_yarn(const RopeReader& reader, RopeConfig& rope) {
  rope.scaling = RopeScaling::yarn;
  rope.original_max_position_embeddings = reader.original_length();
  rope.factor = reader.settings->require<double>("factor", positive);
  rope.beta_fast = reader.settings->get_or<double>("beta_fast", 32, positive);
  rope.beta_slow = reader.settings->get_or<double>("beta_slow", 1, positive);
  rope.truncate = reader.settings->get_or<bool>("truncate", true);
  rope.attention_factor = yarn_attention_factor(*reader.settings, rope.factor);
  if (rope.theta <= 1) {
    throw DataError(reader.config.where(reader.key), "yarn needs a rope_theta above 1", "Correct the file");
  }
}

/// With the factors of short sequences; see read_config.
inline void read_longrope(const RopeReader& reader, RopeConfig& rope) {
  rope.scaling = RopeScaling::longrope;
  rope.original_max_position_embeddings = reader.original_length();
  const auto original = static_cast<double>(rope.original_max_position_embeddings);
  const auto length = static_cast<double>(
      reader.config.get_or<Index>("max_position_embeddings", rope.original_max_position_embeddings, size_bounds));
  const double factor = reader.settings->get_or<double>("factor", length / original, positive);
  const double usual = factor <= 1 || original <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(original));
  rope.attention_factor = reader.settings->get_or<double>("attention_factor", usual, positive);
  rope.factors = reader.settings->require<std::vector<double>>("short_factor");
  for (const double each : rope.factors) {
    if (each >= positive.minimum && each <= positive.maximum) continue;
    throw DataError(reader.settings->where("short_factor"), "a factor is not above 0", "Correct the file");
  }
}

/// @throws UnsupportedError where a part of a head is turned and the family does not know that.
inline Index read_rotary_dim(const JsonReader& config, const DecoderDefaults& defaults, Index head_dim) {
  const RopeReader reader(config, "full_attention");
  const double factor = reader.get_or("partial_rotary_factor", 1.0, {0.0, 1.0});
  if (factor == 1.0) return 0;
  constexpr double rounding = 1e-6;  // of a factor that was made by a division
  const auto turned = static_cast<Index>(static_cast<double>(head_dim) * factor + rounding);
  if (!defaults.partial_rotary) {
    throw UnsupportedError(config.where("partial_rotary_factor"),
                           "models of this type turn whole heads, also in transformers", "Use a model that does");
  }
  if (turned > 0 && turned % 2 == 0) return turned;
  throw DataError(config.where("partial_rotary_factor"),
                  "it turns " + std::to_string(turned) + " channels of a head, not an even number of them",
                  "Check that config.json is the one of this model");
}

inline Activation read_activation(const JsonReader& config, const DecoderDefaults& defaults) {
  constexpr std::array<std::pair<std::string_view, Activation>, 8> known{{{"silu", Activation::silu},
                                                                          {"swish", Activation::silu},
                                                                          {"gelu", Activation::gelu},
                                                                          {"gelu_python", Activation::gelu},
                                                                          {"gelu_pytorch_tanh", Activation::gelu_tanh},
                                                                          {"gelu_python_tanh", Activation::gelu_tanh},
                                                                          {"gelu_new", Activation::gelu_tanh},
                                                                          {"gelu_fast", Activation::gelu_tanh}}};
  const auto name = config.get_or<std::string>(defaults.hidden_act_key, defaults.hidden_act);
  for (const auto& [text, activation] : known) {
    if (text == name) return activation;
  }
  throw UnsupportedError(config.where(defaults.hidden_act_key), "the activation \"" + name + "\" is not supported",
                         "Use a model with the activation silu or gelu");
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

MULTIPRUNER_INLINE RopeConfig read_rope(const JsonReader& config, const DecoderDefaults& defaults,
                                        const char* layer_type) {
  const detail::RopeReader reader(config, layer_type);
  RopeConfig rope;
  rope.theta = reader.get_or("rope_theta", defaults.rope_theta, detail::positive);
  const std::string type = reader.type();
  if (type == "none") return rope;
  if (type == "linear") {
    rope.scaling = RopeScaling::linear;
    rope.factor = reader.settings->require<double>("factor", detail::positive);
  } else if (type == "llama3") {
    detail::read_llama3(reader, rope);
  } else if (defaults.longrope && (type == "longrope" || type == "su" || type == "yarn")) {
    detail::read_longrope(reader, rope);  // as Phi-3 called it before
  } else if (type == "yarn") {
    detail::read_yarn(reader, rope);
  } else {
    throw UnsupportedError(config.where(reader.key), "the type \"" + type + "\" is not supported",
                           "Use a model with rotary scaling of type linear, llama3 or yarn, or none");
  }
  return rope;
}

MULTIPRUNER_INLINE Index read_sliding_window(const JsonReader& config, Index absent) {
  if (!config.json().contains("sliding_window")) return absent;
  return config.get_or<Index>("sliding_window", 0, {1, most_parameters});
}

MULTIPRUNER_INLINE double read_switchable(const JsonReader& config, const char* key, double absent) {
  return config.json().contains(key) ? config.get_or<double>(key, 0, detail::positive) : absent;
}

MULTIPRUNER_INLINE std::vector<bool> read_sliding_layers(const JsonReader& config, Index layers,
                                                         const std::function<bool(Index layer)>& otherwise) {
  constexpr const char* key = "layer_types";
  std::vector<bool> sliding;
  if (!config.contains(key)) {
    for (Index layer = 0; layer < layers; ++layer) sliding.push_back(otherwise(layer));
    return sliding;
  }
  for (const std::string& type : config.require<std::vector<std::string>>(key)) {
    if (type != "full_attention" && type != "sliding_attention") {
      throw UnsupportedError(config.where(key), "layers of the type \"" + type + "\" are not supported",
                             "Use a model of full and sliding attention");
    }
    sliding.push_back(type == "sliding_attention");
  }
  if (static_cast<Index>(sliding.size()) == layers) return sliding;
  throw DataError(config.where(key),
                  "it has " + std::to_string(sliding.size()) + " entries for " + std::to_string(layers) + " layers",
                  "Check that config.json is the one of this model");
}

MULTIPRUNER_INLINE ModelConfig to_model_with_late_windows(const JsonReader& config, const DecoderConfig& decoder) {
  const bool is_used = config.get_or<bool>("use_sliding_window", false);
  const Index window = is_used ? read_sliding_window(config, 4096) : 0;
  if (window == 0) return to_model(decoder);
  const Index first = config.get_or<Index>("max_window_layers", 28, {0, largest_size});
  const std::vector<bool> sliding =
      read_sliding_layers(config, decoder.num_hidden_layers, [&](Index layer) { return layer >= first; });
  return to_model(decoder, [&](Index layer, AttentionSpec& attention) {
    if (sliding[static_cast<std::size_t>(layer)]) attention.sliding_window = window;
  });
}

MULTIPRUNER_INLINE DecoderConfig read_config(const JsonReader& config, const DecoderDefaults& defaults) {
  constexpr Bounds<Index> size = detail::size_bounds;
  DecoderConfig model;
  model.activation = detail::read_activation(config, defaults);
  model.model_type = config.require<std::string>("model_type");
  model.vocab_size = config.require<Index>("vocab_size", size);
  model.hidden_size = config.require<Index>("hidden_size", size);
  model.intermediate_size = config.require<Index>("intermediate_size", size);
  model.num_hidden_layers = config.require<Index>("num_hidden_layers", {1, 1 << 20});
  model.num_attention_heads = config.require<Index>("num_attention_heads", size);
  model.num_key_value_heads = config.get_or<Index>("num_key_value_heads", model.num_attention_heads, size);
  auto head_dim = config.optional<Index>("head_dim", size);
  if (!head_dim) head_dim = defaults.head_dim;
  if (!head_dim && model.hidden_size % model.num_attention_heads != 0) {
    throw DataError(config.where("num_attention_heads"), "does not divide hidden_size, and head_dim is not given",
                    "Check that config.json is the one of this model");
  }
  model.head_dim = head_dim.value_or(model.hidden_size / model.num_attention_heads);
  model.max_position_embeddings = config.get_or<Index>("max_position_embeddings", 2048, size);
  model.rms_norm_eps = config.get_or<double>("rms_norm_eps", defaults.rms_norm_eps, {0.0, 1.0});
  model.rope = read_rope(config, defaults, "full_attention");
  if (model.rope.scaling == RopeScaling::longrope) {
    model.max_position_embeddings =
        std::min(model.max_position_embeddings, model.rope.original_max_position_embeddings);
  }
  model.rotary_dim = detail::read_rotary_dim(config, defaults, model.head_dim);
  model.tie_word_embeddings = config.get_or<bool>("tie_word_embeddings", defaults.tie_word_embeddings);
  model.eos_token_ids = read_eos_token_ids(config);
  detail::check_sizes(config, model);
  return model;
}

MULTIPRUNER_INLINE std::string tensor_name(TensorRole role, Index layer) {
  constexpr std::array<std::pair<TensorRole, const char*>, 28> names{{
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
      {"q_norm", "self_attn.q_norm.weight"},
      {"k_norm", "self_attn.k_norm.weight"},
      {"q_norm_of_width", "self_attn.q_norm.weight"},
      {"k_norm_of_width", "self_attn.k_norm.weight"},
      {"alibi_slopes", "self_attn.alibi_slopes"},
      {"attention_post_norm", "post_attention_layernorm.weight"},
      {"mlp_norm", "post_attention_layernorm.weight"},
      {"gate_proj", "mlp.gate_proj.weight"},
      {"up_proj", "mlp.up_proj.weight"},
      {"down_proj", "mlp.down_proj.weight"},
      {"gate_bias", "mlp.gate_proj.bias"},
      {"up_bias", "mlp.up_proj.bias"},
      {"down_bias", "mlp.down_proj.bias"},
      {"mlp_post_norm", "post_feedforward_layernorm.weight"},
      {"attention_shortcut", "attention_shortcut.weight"},
      {"mlp_shortcut", "mlp_shortcut.weight"},
  }};
  const std::string place = layer < 0 ? "" : "model.layers." + std::to_string(layer) + ".";
  for (const auto& [known, name] : names) {
    if (known == role) return place + name;
  }
  throw OptionError(std::string(role.name()), "LlamaForCausalLM has no such tensor", "Give the family a name for it");
}

MULTIPRUNER_INLINE std::string tensor_name_with_post_norms(TensorRole role, Index layer) {
  if (role != TensorRole("mlp_norm")) return tensor_name(role, layer);
  return "model.layers." + std::to_string(layer) + ".pre_feedforward_layernorm.weight";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face
