// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/arch/detail/gguf_architecture.hpp>
#include <multipruner/arch/detail/gguf_config.hpp>
#include <multipruner/arch/detail/gguf_names.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/io/dequantize.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The number that people wrote: 1e-05 for the float32 that is closest to it.
[[nodiscard]] inline double as_written(float value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  auto number = static_cast<double>(value);
  if (error == std::errc()) std::from_chars(text.data(), end, number);
  return number;
}

[[nodiscard]] inline double as_written(const GgufEntry& entry) {
  return entry.type() == GgufValueType::float32 ? as_written(static_cast<float>(entry.number())) : entry.number();
}

/// Makes a description of a file.
class GgufDescriber {
 public:
  GgufDescriber(const GgufFile& file, DType dtype) : file_(file), dtype_(dtype), architecture_(find_architecture()) {
    refuse_features();
    read_sizes();
  }

  [[nodiscard]] GgufDescription describe() {
    nlohmann::json config = common_config();
    std::optional<PruningConfig> pruning;
    if (differ(heads_) || differ(key_values_) || differ(widths_)) {
      if (have_equal_groups()) {
        pruning = what_layers_lack();
      } else {
        set_deci(config);
      }
    }
    return {JsonReader(std::move(config), file_.path().string()),
            std::move(pruning),
            head_dim_,
            architecture_.pairs_side_by_side,
            architecture_.norms_plus_one,
            architecture_.tensor_name};
  }

 private:
  [[nodiscard]] GgufArchitecture find_architecture() const {
    const GgufEntry& entry = file_.key("general.architecture");
    if (const GgufArchitecture* const found = gguf_architecture(entry.string())) return *found;
    std::string known;
    for (const GgufArchitecture& architecture : gguf_architectures) {
      known += (known.empty() ? "" : ", ") + std::string(architecture.name);
    }
    throw UnsupportedError(file_.path().string() + ": general.architecture",
                           "the architecture \"" + std::string(entry.string()) + "\" is not read from GGUF files",
                           "Use a model of one of these: " + known + "; or one in the layout of Hugging Face");
  }

  [[nodiscard]] std::string key_name(const char* name) const { return std::string(architecture_.name) + "." + name; }
  [[nodiscard]] const GgufEntry& key(const char* name) const { return file_.key(key_name(name)); }
  [[nodiscard]] const GgufEntry* find_key(const char* name) const { return file_.find_key(key_name(name)); }
  [[nodiscard]] std::string where(const std::string& name) const { return file_.path().string() + ": " + name; }

  [[noreturn]] void fail(const std::string& name, std::string problem) const {
    throw DataError(where(name), std::move(problem), "Get the file from its source again");
  }

  [[noreturn]] void refuse(const std::string& name, std::string problem) const {
    throw UnsupportedError(where(name), std::move(problem), "Use another model");
  }

  /// Features that other members of the architecture have, and that change what is computed.
  void refuse_features() const {
    const auto refuse_key = [&](const char* name) {
      const GgufEntry* entry = find_key(name);
      if (entry == nullptr || (!entry->is_array() && entry->number() == 0)) return;
      refuse(key_name(name), "models with it are not supported");
    };
    for (const char* name : {"expert_count", "attention.clamp_kqv"}) refuse_key(name);
    if (!architecture_.has_windows()) refuse_key("attention.sliding_window");
    if (!architecture_.multipliers) {
      for (const char* name : {"attention.scale", "logit_scale", "residual_scale", "embedding_scale"}) refuse_key(name);
    }
    if (file_.find(long_factors_name) != nullptr && !architecture_.longrope) {
      refuse(std::string(long_factors_name), "rotary scaling of type longrope is not read of this architecture");
    }
  }

  [[nodiscard]] Index size_of_key(const GgufEntry& entry, Index value, Index least) const {
    constexpr Index most = 1 << 24;  // so that products of sizes fit
    if (value >= least && value <= most) return value;
    fail(std::string(entry.name()), "it is " + std::to_string(value));
  }

  [[nodiscard]] Index size(const char* name) const {
    const GgufEntry& entry = key(name);
    return size_of_key(entry, entry.integer(), 1);
  }

  /// A size of every layer, of which the file has one, or a list of them.
  [[nodiscard]] std::vector<Index> by_layer(const GgufEntry& entry) const {
    std::vector<Index> sizes;
    if (entry.is_array()) {
      sizes = entry.integers();
    } else {
      sizes.assign(static_cast<std::size_t>(layers_), entry.integer());
    }
    if (std::ssize(sizes) != layers_) {
      fail(std::string(entry.name()),
           "it has " + std::to_string(sizes.size()) + " entries for " + std::to_string(layers_) + " layers");
    }
    for (const Index value : sizes) static_cast<void>(size_of_key(entry, value, 0));
    return sizes;
  }

  void read_sizes() {
    layers_ = size("block_count");
    if (layers_ > std::ssize(file_.tensors())) {
      fail(key_name("block_count"), "it is " + std::to_string(layers_) + ", more than there are tensors");
    }
    heads_ = by_layer(key("attention.head_count"));
    const GgufEntry* key_values = find_key("attention.head_count_kv");
    key_values_ = key_values != nullptr ? by_layer(*key_values) : heads_;
    widths_ = by_layer(key("feed_forward_length"));
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (heads_[i] == 0) key_values_[i] = 0;
      if (heads_[i] == 0 || (key_values_[i] > 0 && heads_[i] % key_values_[i] == 0)) continue;
      refuse(key_name("attention.head_count_kv"), "layer " + std::to_string(i) + " has " + std::to_string(heads_[i]) +
                                                      " heads in " + std::to_string(key_values_[i]) + " groups");
    }
    read_head_dim();
  }

  void read_head_dim() {
    const Index hidden = size("embedding_length"), heads = widest(heads_);
    if (heads == 0) refuse(key_name("attention.head_count"), "no layer has attention");
    if (find_key("attention.key_length") != nullptr) {
      head_dim_ = size("attention.key_length");
    } else {
      if (hidden % heads != 0) fail(key_name("attention.key_length"), "is missing, and the heads do not tell it");
      head_dim_ = hidden / heads;
    }
    for (const char* name : {"attention.value_length", "rope.dimension_count"}) {
      if (find_key(name) == nullptr || size(name) == head_dim_) continue;
      if (architecture_.fused && std::string_view(name) == "rope.dimension_count") continue;
      refuse(key_name(name),
             "it is " + std::to_string(size(name)) + ", not the size of heads, " + std::to_string(head_dim_));
    }
  }

  [[nodiscard]] static Index widest(const std::vector<Index>& sizes) { return *std::ranges::max_element(sizes); }
  [[nodiscard]] static bool differ(const std::vector<Index>& sizes) {
    return std::ranges::any_of(sizes, [&](Index size) { return size != sizes.front(); });
  }

  /// Whether as many query heads share a key/value head in all layers.
  [[nodiscard]] bool have_equal_groups() const {
    const Index group = widest(heads_) / std::max<Index>(1, widest(key_values_));
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (heads_[i] != group * key_values_[i]) return false;
    }
    return true;
  }

  [[nodiscard]] PruningConfig what_layers_lack() const {
    PruningConfig pruning{{{"attn", {}}, {"mlp", {}}}, {{"attn", {}}, {"mlp", {}}}};
    const auto add = [&](std::size_t entry, Index layer, Index width) {
      if (width == 0) {
        pruning.removed[entry].second.push_back(layer);
      } else {
        pruning.widths[entry].second[layer] = width;
      }
    };
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      add(0, static_cast<Index>(i), heads_[i] * head_dim_);
      add(1, static_cast<Index>(i), widths_[i]);
    }
    return pruning;
  }

  /// Whether a layer has a tensor: one for all, since families have it in all layers or in none.
  [[nodiscard]] bool has(TensorRole role) const {
    for (Index layer = 0; layer < layers_; ++layer) {
      if (file_.find(gguf_name(role, layer)) != nullptr) return true;
    }
    return false;
  }

  [[nodiscard]] nlohmann::json common_config() const {
    const GgufTensorInfo& embedding = file_.get("token_embd.weight");
    const bool has_qkv_bias = has("q_bias"), has_o_bias = has("o_bias");
    // A Llama has biases on all of its linears; one that has none on the last is a Qwen 2 in the order of Llama's rows.
    const bool is_qwen = architecture_.model_type == "llama" && has_qkv_bias && !has_o_bias;
    nlohmann::json config;
    config["model_type"] = is_qwen ? "qwen2" : architecture_.model_type;
    config["architectures"] = {is_qwen ? "Qwen2ForCausalLM" : architecture_.class_name};
    config["vocab_size"] = embedding.rows();
    config["hidden_size"] = size("embedding_length");
    config["intermediate_size"] = std::max<Index>(1, widest(widths_));
    config["num_hidden_layers"] = layers_;
    config["num_attention_heads"] = widest(heads_);
    config["num_key_value_heads"] = widest(key_values_);
    config["head_dim"] = head_dim_;
    config["hidden_act"] = "silu";
    config["max_position_embeddings"] = size("context_length");
    config["rms_norm_eps"] = as_written(key("attention.layer_norm_rms_epsilon"));
    config["tie_word_embeddings"] = file_.find("output.weight") == nullptr;
    config["torch_dtype"] = name_of(dtype_of_gguf(embedding.type).value_or(dtype_));
    if (config["model_type"] != "qwen2") {
      config["attention_bias"] = has_qkv_bias || has_o_bias;
      config["mlp_bias"] = has("down_bias");
    }
    add_rope(config);
    add_of_family(config);
    add_token(config, "bos_token_id");
    add_token(config, "eos_token_id");
    return config;
  }

  /// What other families than Llama have, and what llama.cpp knows of them without a key.
  void add_of_family(nlohmann::json& config) const {
    const GgufEntry* window = find_key("attention.sliding_window");
    if (window != nullptr && window->integer() != 0) config["sliding_window"] = window->integer();
    if (architecture_.fused && find_key("rope.dimension_count") != nullptr) {
      config["partial_rotary_factor"] =
          static_cast<double>(size("rope.dimension_count")) / static_cast<double>(head_dim_);
    }
    if (architecture_.unturned_every > 0) config["no_rope_layer_interval"] = architecture_.unturned_every;
    if (architecture_.multipliers) add_multipliers(config);
    if (architecture_.norms_plus_one) config["hidden_act"] = config["hidden_activation"] = "gelu_pytorch_tanh";
    if (architecture_.full_every > 0) add_of_later_gemmas(config);
  }

  /// Granite's numbers. @throws DataError where they are no numbers
  void add_multipliers(nlohmann::json& config) const {
    const auto add = [&](const char* key, const char* of_file, double otherwise) {
      const GgufEntry* entry = find_key(of_file);
      config[key] = entry != nullptr && entry->number() != 0 ? as_written(*entry) : otherwise;
    };
    add("embedding_multiplier", "embedding_scale", 1);
    add("attention_multiplier", "attention.scale", 1 / std::sqrt(static_cast<double>(head_dim_)));
    add("residual_multiplier", "residual_scale", 1);
    add("logits_scaling", "logit_scale", 1);
  }

  /// What Gemma 2 and 3 have.
  void add_of_later_gemmas(nlohmann::json& config) const {
    const bool by_width = layers_ == architecture_.scaled_by_width_at;
    config["query_pre_attn_scalar"] = by_width ? size("embedding_length") / widest(heads_) : head_dim_;
    const auto cap = [&](const char* name, bool is_on, double otherwise) {
      const GgufEntry* entry = find_key(name);
      config[name] = entry != nullptr ? nlohmann::json(as_written(*entry))
                     : is_on          ? nlohmann::json(otherwise)
                                      : nlohmann::json();
    };
    cap("attn_logit_softcapping", architecture_.score_cap, 50);
    cap("final_logit_softcapping", architecture_.logit_cap, 30);
    add_layer_types(config);
    if (!architecture_.local_rope) return;
    const GgufEntry* local = find_key("rope.freq_base_swa");
    config["rope_local_base_freq"] = local != nullptr ? as_written(*local) : 10000.0;
  }

  /// Which layers have a window: as newer files list them, or every one but the last of so many.
  void add_layer_types(nlohmann::json& config) const {
    const GgufEntry* pattern = find_key("attention.sliding_window_pattern");
    GgufArchitecture rule = architecture_;
    std::vector<Index> listed;
    if (pattern != nullptr && pattern->is_array()) {
      listed = flags(*pattern);
    } else if (pattern != nullptr) {
      rule.full_every = size_of_key(*pattern, pattern->integer(), 1);
    }
    // llama.cpp gives Gemma 2 a window of 4096 where no key has one, and Gemma 3 none.
    const bool has_windows = !architecture_.local_rope || config.contains("sliding_window");
    config["layer_types"] = nlohmann::json::array();
    for (Index layer = 0; layer < layers_; ++layer) {
      const bool has_window = listed.empty() ? rule.has_window(layer) : listed[static_cast<std::size_t>(layer)] != 0;
      config["layer_types"].push_back(has_windows && has_window ? "sliding_attention" : "full_attention");
    }
  }

  /// An entry of every layer, true and false or numbers.
  [[nodiscard]] std::vector<Index> flags(const GgufEntry& entry) const {
    if (entry.type() != GgufValueType::boolean) return by_layer(entry);
    std::vector<Index> numbers;
    for (const bool flag : entry.booleans()) numbers.push_back(flag ? 1 : 0);
    if (std::ssize(numbers) == layers_) return numbers;
    fail(std::string(entry.name()),
         "it has " + std::to_string(numbers.size()) + " entries for " + std::to_string(layers_) + " layers");
  }

  void add_token(nlohmann::json& config, const char* name) const {
    const GgufEntry* entry = file_.find_key(std::string("tokenizer.ggml.") + name);
    if (entry != nullptr) config[name] = entry->integer();
  }

  void add_rope(nlohmann::json& config) const {
    const GgufEntry* theta = find_key("rope.freq_base");
    config["rope_theta"] = theta != nullptr ? as_written(*theta) : 10000.0;
    config["rope_scaling"] = nullptr;
    const GgufEntry* type = find_key("rope.scaling.type");
    if (const GgufEntry* factor = find_key("rope.scale_linear"); factor != nullptr && as_written(*factor) != 1) {
      config["rope_scaling"] = {{"rope_type", "linear"}, {"factor", as_written(*factor)}};
    }
    if (type != nullptr && type->string() != "none") {
      config["rope_scaling"] = {{"rope_type", std::string(type->string())},
                                {"factor", as_written(key("rope.scaling.factor"))}};
      if (const GgufEntry* length = find_key("rope.scaling.original_context_length")) {
        config["rope_scaling"]["original_max_position_embeddings"] = length->integer();
      }
    }
    if (file_.find(rope_freqs_name) != nullptr) add_llama3_scaling(config);
    if (file_.find(long_factors_name) != nullptr) add_longrope(config);
  }

  /// The values of a tensor of rotary settings, one for each pair of channels that turn.
  [[nodiscard]] std::vector<float> rope_factors(std::string_view name, Index turned) const {
    const GgufTensorInfo& tensor = file_.get(name);
    if (tensor.rows() * tensor.columns() != turned / 2) {
      fail(std::string(name), "it has not one value for each pair of channels of a head that turn");
    }
    Matrix<float> values(tensor.rows(), tensor.columns());
    dequantize(tensor, values.view());
    return {values.view().data, values.view().data + turned / 2};
  }

  void add_longrope(nlohmann::json& config) const {
    const Index turned = find_key("rope.dimension_count") != nullptr ? size("rope.dimension_count") : head_dim_;
    const auto factors = [&](std::string_view name) {
      nlohmann::json numbers = nlohmann::json::array();
      for (const float factor : rope_factors(name, turned)) numbers.push_back(as_written(factor));
      return numbers;
    };
    const GgufEntry* scale = find_key("rope.scaling.attn_factor");
    config["rope_scaling"] = {{"rope_type", "longrope"},
                              {"short_factor", factors(short_factors_name)},
                              {"long_factor", factors(long_factors_name)},
                              {"attention_factor", scale != nullptr ? as_written(*scale) : 1.0}};
    config["original_max_position_embeddings"] = size("rope.scaling.original_context_length");
  }

  /// The scaling of Llama 3 that the factors of a file come to. @throws UnsupportedError where there is none
  void add_llama3_scaling(nlohmann::json& config) const {
    const std::vector<float> factors = rope_factors(rope_freqs_name, head_dim_);
    if (std::ranges::all_of(factors, [](float factor) { return factor == 1; })) return;
    if (!config["rope_scaling"].is_null())
      refuse(std::string(rope_freqs_name), "it stands beside another rotary scaling");
    RopeConfig rope{.theta = config["rope_theta"].get<double>()};
    if (!find_llama3_scaling(rope, factors)) {
      refuse(std::string(rope_freqs_name), "its factors are not those of Llama 3's scaling, as far as is known here");
    }
    config["rope_scaling"] = {{"rope_type", "llama3"},
                              {"factor", rope.factor},
                              {"low_freq_factor", rope.low_freq_factor},
                              {"high_freq_factor", rope.high_freq_factor},
                              {"original_max_position_embeddings", rope.original_max_position_embeddings}};
  }

  /// Tries what the file says itself, then what models have: 1 and 4, and lengths that are powers of 2.
  [[nodiscard]] bool find_llama3_scaling(RopeConfig& rope, const std::vector<float>& factors) const {
    const auto fits = [&] {
      const auto is_close = [](float a, float b) { return std::abs(a - b) <= 1e-5F * std::abs(a); };
      return std::ranges::equal(llama3_factors(rope, head_dim_), factors, is_close);
    };
    const auto noted = [&](const char* name) {
      return file_.find_key(std::string("multipruner.rope_scaling.") + name);
    };
    if (noted("factor") && noted("low_freq_factor") && noted("high_freq_factor") && noted("original_context_length")) {
      rope.factor = noted("factor")->number();
      rope.low_freq_factor = noted("low_freq_factor")->number();
      rope.high_freq_factor = noted("high_freq_factor")->number();
      rope.original_max_position_embeddings = noted("original_context_length")->integer();
      if (fits()) return true;
    }
    rope.factor = *std::ranges::max_element(factors);  // that of the slowest pair
    rope.low_freq_factor = 1;
    rope.high_freq_factor = 4;
    for (rope.original_max_position_embeddings = 32; rope.original_max_position_embeddings <= 1 << 20;
         rope.original_max_position_embeddings *= 2) {
      if (fits()) return true;
    }
    return false;
  }

  void set_deci(nlohmann::json& config) const {
    const bool has_qkv_bias = has("q_bias");
    config["model_type"] = "nemotron-nas";
    config["architectures"] = {"DeciLMForCausalLM"};
    config["qkv_bias"] = has_qkv_bias;
    config["attention_bias"] = has("o_bias");
    config["mlp_bias"] = has("down_bias");
    config["intermediate_size"] = config["num_key_value_heads"] = nullptr;
    nlohmann::json blocks = nlohmann::json::array();
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      nlohmann::json attention{{"no_op", heads_[i] == 0}}, mlp{{"no_op", widths_[i] == 0}};
      if (heads_[i] > 0) attention["n_heads_in_group"] = heads_[i] / key_values_[i];
      if (heads_[i] > 0 && differ(heads_)) attention["num_attention_heads"] = heads_[i];
      if (widths_[i] > 0) mlp["intermediate_size"] = widths_[i];
      blocks.push_back({{"attention", std::move(attention)}, {"ffn", std::move(mlp)}});
    }
    config["block_configs"] = std::move(blocks);
  }

  const GgufFile& file_;
  DType dtype_;
  GgufArchitecture architecture_;
  Index layers_ = 0, head_dim_ = 0;
  std::vector<Index> heads_{}, key_values_{}, widths_{};  ///< by layer; 0: it has none
};

MULTIPRUNER_INLINE GgufDescription describe_gguf(const GgufFile& file, DType dtype) {
  return GgufDescriber(file, dtype).describe();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
