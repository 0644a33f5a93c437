// SPDX-License-Identifier: MIT
// What every architecture must do. A new family passes by adding a line to `Architectures` and its traits.

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/graph/finite.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// What is the same for most families.
struct CommonTraits {
  /// What its config.json has to have besides sizes for all layers to be alike.
  static void complete(nlohmann::json&) {}

  static void switch_on_biases(nlohmann::json& config) { config["attention_bias"] = config["mlp_bias"] = true; }
  static constexpr bool qkv_bias = true, o_bias = true, mlp_bias = false;  // once they are switched on
  static constexpr bool biases_by_default = false;

  static constexpr double rms_norm_eps = 1e-6, rope_theta = 10000;
  static constexpr Index head_dim = 2;  // of a hidden size of 8 and 4 heads
  static constexpr bool tied = false;
  static constexpr const char* activation_key = "hidden_act";
  static constexpr Activation activation = Activation::silu;
  static constexpr const char* attention_norm = "input_layernorm.weight";
  static constexpr const char* mlp_norm = "post_attention_layernorm.weight";
  static constexpr const char* q_proj = "self_attn.q_proj.weight";
};

/// Where a family is not like most.
template <class A>
struct Traits;

template <>
struct Traits<Llama> : CommonTraits {
  static constexpr bool mlp_bias = true;
};

template <>
struct Traits<Mistral> : CommonTraits {
  static constexpr bool qkv_bias = false, o_bias = false;
};

template <>
struct Traits<Qwen2> : CommonTraits {
  static constexpr bool o_bias = false, biases_by_default = true;
};

template <>
struct Traits<Qwen3> : CommonTraits {
  static constexpr Index head_dim = 128;
};

template <>
struct Traits<Gemma> : CommonTraits {
  static constexpr Index head_dim = 256;
  static constexpr bool tied = true;
  static constexpr Activation activation = Activation::gelu_tanh;
};

template <>
struct Traits<Gemma2> : Traits<Gemma> {
  static constexpr const char* activation_key = "hidden_activation";
  static constexpr const char* mlp_norm = "pre_feedforward_layernorm.weight";
};

template <>
struct Traits<Gemma3> : Traits<Gemma2> {
  static void complete(nlohmann::json& config) { config["sliding_window_pattern"] = 1; }
  static constexpr double rope_theta = 1e6;
};

template <>
struct Traits<Phi3> : CommonTraits {
  static constexpr bool qkv_bias = false, o_bias = false;
  static constexpr double rms_norm_eps = 1e-5;
  static constexpr const char* q_proj = "self_attn.qkv_proj.weight";
};

template <>
struct Traits<SmolLm3> : CommonTraits {
  static constexpr bool mlp_bias = true, tied = true;
  static constexpr double rope_theta = 2e6;
};

template <>
struct Traits<Olmo2> : CommonTraits {
  static constexpr double rms_norm_eps = 1e-5;
  static constexpr const char* mlp_norm = "pre_feedforward_layernorm.weight";
};

template <>
struct Traits<Granite> : CommonTraits {
  static constexpr bool mlp_bias = true;
};

template <>
struct Traits<Baichuan> : CommonTraits {
  static void complete(nlohmann::json& config) { config["max_position_embeddings"] = 64; }
  static constexpr bool qkv_bias = false, o_bias = false;
  static constexpr const char* q_proj = "self_attn.W_pack.weight";
};

using Architectures =
    std::tuple<Llama, Mistral, Qwen2, Qwen3, Gemma, Gemma2, Gemma3, Phi3, SmolLm3, Olmo2, Granite, Baichuan>;

/// A config.json with nothing but what is needed.
template <class A>
nlohmann::json minimal_config() {
  nlohmann::json config{{"model_type", A::model_type}, {"vocab_size", 13},       {"hidden_size", 8},
                        {"intermediate_size", 12},     {"num_hidden_layers", 2}, {"num_attention_heads", 4}};
  Traits<A>::complete(config);
  return config;
}

template <class A>
ModelConfig configure(const nlohmann::json& config) {
  return A::configure(JsonReader(config, "config.json"));
}

const AttentionSpec& attention_in(const ModelConfig& model, Index layer = 0) {
  return *model.blocks[attention_of(layer)].as<Attention>();
}

const GatedMlpSpec& mlp_in(const ModelConfig& model, Index layer = 0) {
  return *model.blocks[mlp_of(layer)].as<GatedMlp>();
}

template <class A>
RopeConfig rope_of(const nlohmann::json& config) {
  const ModelConfig model = configure<A>(config);
  return attention_in(model).rope;
}

template <class A>
RandomCheckpoint random_checkpoint() {
  nlohmann::json config = minimal_config<A>();
  config["num_key_value_heads"] = 2;
  config["head_dim"] = 2;
  Traits<A>::switch_on_biases(config);
  return RandomCheckpoint::make<A>(config);
}

/// Checks that a checkpoint is refused with an `Expected` that mentions all of `parts`.
template <class A, class Expected>
void expect_refusal(const RandomCheckpoint& checkpoint, const std::vector<std::string>& parts) {
  const TemporaryDirectory folder;
  checkpoint.write(folder.path());
  expect_error<Expected>([&] { (void)load<A>(folder.path()); }, parts);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a minimal config.json gets the defaults of transformers", "", Architectures) {
  const ModelConfig model = configure<TestType>(minimal_config<TestType>());
  CHECK(model.model_type == TestType::model_type);
  CHECK(model.vocab_size == 13);
  CHECK(model.hidden_size == 8);
  CHECK(model.num_hidden_layers == 2);
  CHECK(model.rms_norm_eps == Traits<TestType>::rms_norm_eps);
  CHECK(model.tie_word_embeddings == Traits<TestType>::tied);
  CHECK(model.eos_token_ids.empty());
  REQUIRE(model.num_blocks() == 4);
  for (Index layer = 0; layer < 2; ++layer) {
    const AttentionSpec& attention = attention_in(model, layer);
    CHECK(attention.num_attention_heads == 4);
    CHECK(attention.num_key_value_heads == 4);
    CHECK(attention.head_dim == Traits<TestType>::head_dim);
    CHECK(attention.rms_norm_eps == Traits<TestType>::rms_norm_eps);
    CHECK(attention.rope == RopeConfig{.theta = Traits<TestType>::rope_theta});
    CHECK(attention.positions == Positions::rotary);
    CHECK(attention.qkv_bias == Traits<TestType>::biases_by_default);
    CHECK_FALSE(attention.o_bias);
    const GatedMlpSpec& mlp = mlp_in(model, layer);
    CHECK(mlp.intermediate_size == 12);
    CHECK(mlp.rms_norm_eps == Traits<TestType>::rms_norm_eps);
    CHECK(mlp.activation == Traits<TestType>::activation);
    CHECK_FALSE(mlp.bias);
    CHECK(model.blocks.label(mlp_of(layer)) == "layer " + std::to_string(layer) + " mlp");
  }
  for (const BlockSpec& block : model.blocks) {
    CHECK(block.stream_in() == 8);
    CHECK(block.stream_out() == 8);
    CHECK_FALSE(block.has_shortcut());
  }
}

TEMPLATE_LIST_TEST_CASE("every entry of config.json is read", "", Architectures) {
  nlohmann::json config = minimal_config<TestType>();
  config.update({{"num_key_value_heads", 2},
                 {"head_dim", 6},
                 {"max_position_embeddings", 77},
                 {"rms_norm_eps", 1e-5},
                 {"rope_theta", 500000},
                 {"tie_word_embeddings", true},
                 {"hidden_act", "silu"},
                 {"eos_token_id", 3}});
  Traits<TestType>::switch_on_biases(config);
  const ModelConfig model = configure<TestType>(config);
  const AttentionSpec& attention = attention_in(model);
  const GatedMlpSpec& mlp = mlp_in(model);
  CHECK(attention.num_key_value_heads == 2);
  CHECK(attention.head_dim == 6);
  CHECK(model.max_position_embeddings == 77);
  CHECK(model.rms_norm_eps == 1e-5);
  CHECK(attention.rms_norm_eps == 1e-5);
  CHECK(mlp.rms_norm_eps == 1e-5);
  CHECK(attention.rope.theta == 500000.0);
  CHECK(attention.rope.scaling == RopeScaling::none);
  CHECK(model.tie_word_embeddings);
  CHECK(model.eos_token_ids == std::vector<TokenId>{3});
  CHECK(attention.qkv_bias == Traits<TestType>::qkv_bias);
  CHECK(attention.o_bias == Traits<TestType>::o_bias);
  CHECK(mlp.bias == Traits<TestType>::mlp_bias);

  config["eos_token_id"] = {3, 5};
  CHECK(configure<TestType>(config).eos_token_ids == std::vector<TokenId>{3, 5});
  config["eos_token_id"] = nullptr;
  CHECK(configure<TestType>(config).eos_token_ids.empty());
}

TEMPLATE_LIST_TEST_CASE("rotary scalings are read", "", Architectures) {
  // Values are named as such: clang 14 leaks the old one where a template assigns an initializer list.
  constexpr double theta = Traits<TestType>::rope_theta;
  nlohmann::json config = minimal_config<TestType>();
  config["rope_scaling"] = nullptr;
  CHECK(rope_of<TestType>(config) == RopeConfig{.theta = theta});
  config["rope_scaling"] = nlohmann::json{{"rope_type", "default"}};
  CHECK(rope_of<TestType>(config) == RopeConfig{.theta = theta});
  config["rope_scaling"] = nlohmann::json{{"type", "linear"}, {"factor", 2.5}};
  CHECK(rope_of<TestType>(config) == RopeConfig{.theta = theta, .scaling = RopeScaling::linear, .factor = 2.5});
  config["rope_scaling"] = nlohmann::json{{"rope_type", "llama3"},
                                          {"factor", 8},
                                          {"low_freq_factor", 1},
                                          {"high_freq_factor", 4.5},
                                          {"original_max_position_embeddings", 16}};
  CHECK(rope_of<TestType>(config) == RopeConfig{.theta = theta,
                                                .scaling = RopeScaling::llama3,
                                                .factor = 8,
                                                .low_freq_factor = 1,
                                                .high_freq_factor = 4.5,
                                                .original_max_position_embeddings = 16});
}

TEMPLATE_LIST_TEST_CASE("what the library does not compute is refused by name", "", Architectures) {
  const auto refused = [](const char* key, const nlohmann::json& value, const std::string& name) {
    nlohmann::json config = minimal_config<TestType>();
    config[key] = value;
    expect_error<UnsupportedError>([&] { (void)configure<TestType>(config); }, {"config.json", key, name});
  };
  refused(Traits<TestType>::activation_key, "relu2", "relu2");
  refused("rope_scaling", {{"type", "dynamic"}, {"factor", 4.0}}, "dynamic");
}

TEMPLATE_LIST_TEST_CASE("sizes that cannot be are refused, naming the entry", "", Architectures) {
  const auto refused = [](const char* key, const nlohmann::json& value) {
    CAPTURE(key, value);
    nlohmann::json config = minimal_config<TestType>();
    config[key] = value;
    expect_error<DataError>([&] { (void)configure<TestType>(config); }, {"config.json", key});
  };
  for (const char* key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                          "num_key_value_heads", "head_dim", "max_position_embeddings"}) {
    refused(key, 0);
    refused(key, -4);
    refused(key, 1.5);
    refused(key, "8");
    refused(key, std::uint64_t{1} << 63);
  }
  if (Traits<TestType>::head_dim == CommonTraits::head_dim) {
    refused("num_attention_heads", 3);  // does not divide hidden_size
  }
  refused("num_key_value_heads", 3);  // does not divide the heads
  refused("head_dim", 3);             // odd
  refused("rms_norm_eps", -1e-6);
  refused("rope_theta", 0);
  refused("rope_scaling", "linear");
  refused("rope_scaling", {{"type", "linear"}});
  refused("rope_scaling", {{"type", "llama3"},
                           {"factor", 8},
                           {"low_freq_factor", 4},
                           {"high_freq_factor", 4},
                           {"original_max_position_embeddings", 16}});
  refused("tie_word_embeddings", 1);
  refused("eos_token_id", "</s>");
}

TEMPLATE_LIST_TEST_CASE("entries that cannot be guessed are required", "", Architectures) {
  for (const char* key :
       {"model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"}) {
    nlohmann::json config = minimal_config<TestType>();
    config.erase(key);
    expect_error<DataError>([&] { (void)configure<TestType>(config); }, {"config.json", key, "missing"});
  }
}

TEMPLATE_LIST_TEST_CASE("tensors are called as Hugging Face calls them", "", Architectures) {
  CHECK(TestType::tensor_name(TensorRole("embed_tokens"), -1) == "model.embed_tokens.weight");
  CHECK(TestType::tensor_name(TensorRole("final_norm"), -1) == "model.norm.weight");
  CHECK(TestType::tensor_name(TensorRole("lm_head"), -1) == "lm_head.weight");
  CHECK(TestType::tensor_name(TensorRole("attention_norm"), 0) ==
        std::string("model.layers.0.") + Traits<TestType>::attention_norm);
  CHECK(TestType::tensor_name(TensorRole("q_proj"), 31) == std::string("model.layers.31.") + Traits<TestType>::q_proj);
  CHECK(TestType::tensor_name(TensorRole("k_bias"), 1) == "model.layers.1.self_attn.k_proj.bias");
  CHECK(TestType::tensor_name(TensorRole("o_proj"), 1) == "model.layers.1.self_attn.o_proj.weight");
  CHECK(TestType::tensor_name(TensorRole("mlp_norm"), 7) ==
        std::string("model.layers.7.") + Traits<TestType>::mlp_norm);
  CHECK(TestType::tensor_name(TensorRole("down_proj"), 12) == "model.layers.12.mlp.down_proj.weight");
  CHECK(TestType::tensor_name(TensorRole("up_bias"), 2) == "model.layers.2.mlp.up_proj.bias");
}

TEMPLATE_LIST_TEST_CASE("a checkpoint is loaded, every value in its place", "", Architectures) {
  const bool tied = GENERATE(false, true);
  CAPTURE(tied);
  nlohmann::json config = random_checkpoint<TestType>().config;
  config["tie_word_embeddings"] = tied;
  RandomCheckpoint checkpoint = RandomCheckpoint::make<TestType>(config);
  const TemporaryDirectory folder;
  checkpoint.write(folder.path());

  const Graph graph = load<TestType>(folder.path());
  std::map<std::string, std::size_t> found;  // how much of every tensor; some have several pieces
  for_each_tensor(graph, [&](TensorRole role, Index layer, const WeightView& view) {
    if (!view || (tied && role == TensorRole("lm_head"))) return;
    const std::string name = TestType::tensor_name(role, layer);
    CAPTURE(name);
    const std::vector<float>& all = checkpoint.at(name).values;
    const auto* values = static_cast<const float*>(view.data);
    const auto first = all.begin() + static_cast<Index>(found[name]);
    CHECK(std::equal(values, values + view.size(), first,
                     all.end() - first < view.size() ? all.end() : first + view.size()));
    found[name] += static_cast<std::size_t>(view.size());
  });
  CHECK(found.size() == checkpoint.tensors.size());
  for (const RandomCheckpoint::Tensor& tensor : checkpoint.tensors) CHECK(found[tensor.name] == tensor.values.size());
  CHECK((graph.lm_head().data == graph.embed_tokens().data) == tied);
  CHECK(graph.origin().directory == folder.path());
  CHECK_NOTHROW(require_finite(graph));
}

TEMPLATE_LIST_TEST_CASE("old rotary buffers and a spare head of a tied model are passed over", "", Architectures) {
  nlohmann::json config = minimal_config<TestType>();
  config["tie_word_embeddings"] = true;
  RandomCheckpoint checkpoint = RandomCheckpoint::make<TestType>(config);
  checkpoint.tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", {1}, {1.0f}});
  checkpoint.tensors.push_back({"lm_head.weight", {13, 8}, std::vector<float>(13 * 8, 9.0f)});
  const TemporaryDirectory folder;
  checkpoint.write(folder.path());
  const Graph graph = load<TestType>(folder.path());
  CHECK(graph.lm_head().data == graph.embed_tokens().data);
}

TEMPLATE_LIST_TEST_CASE("each missing tensor is named", "", Architectures) {
  const RandomCheckpoint whole = random_checkpoint<TestType>();
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    RandomCheckpoint checkpoint = whole;
    checkpoint.tensors.erase(checkpoint.tensors.begin() + static_cast<Index>(i));
    expect_refusal<TestType, DataError>(checkpoint, {whole.tensors[i].name});
  }
}

TEMPLATE_LIST_TEST_CASE("a tensor that the model does not have is named", "", Architectures) {
  for (const char* name : {"model.layers.1.self_attn.sinks", "model.layers.2.mlp.gate_proj.weight", "extra"}) {
    RandomCheckpoint checkpoint = random_checkpoint<TestType>();
    checkpoint.tensors.push_back({name, {2}, {1.0f, 2.0f}});
    expect_refusal<TestType, DataError>(checkpoint, {name, std::string(TestType::model_type)});
  }
}

TEMPLATE_LIST_TEST_CASE("a tensor of another shape is named, whichever it is", "", Architectures) {
  const RandomCheckpoint whole = random_checkpoint<TestType>();
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    for (const std::size_t axis : {std::size_t{0}, whole.tensors[i].shape.size() - 1}) {
      RandomCheckpoint checkpoint = whole;
      RandomCheckpoint::Tensor& tensor = checkpoint.tensors[i];
      ++tensor.shape[axis];
      tensor.values.resize(tensor.values.size() * 2);  // enough for one more row or column
      expect_refusal<TestType, DataError>(checkpoint, {tensor.name});
    }
  }
}

TEMPLATE_LIST_TEST_CASE("the number of layers must be that of the weights", "", Architectures) {
  RandomCheckpoint checkpoint = random_checkpoint<TestType>();
  checkpoint.config["num_hidden_layers"] = 3;
  expect_refusal<TestType, DataError>(checkpoint, {"model.layers.2."});
  checkpoint.config["num_hidden_layers"] = 1;
  expect_refusal<TestType, DataError>(checkpoint, {"model.layers.1."});
}

TEMPLATE_LIST_TEST_CASE("weights that are not finite are found before long work", "", Architectures) {
  const float bad = GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  const RandomCheckpoint whole = random_checkpoint<TestType>();
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    RandomCheckpoint checkpoint = whole;
    checkpoint.tensors[i].values.back() = bad;
    const TemporaryDirectory folder;
    checkpoint.write(folder.path());
    const Graph graph = load<TestType>(folder.path());
    expect_error<DataError>([&] { require_finite(graph); }, {checkpoint.tensors[i].name});
  }
}

TEMPLATE_LIST_TEST_CASE("the model_type picks the family", "", Architectures) {
  RandomCheckpoint checkpoint = random_checkpoint<TestType>();
  const TemporaryDirectory folder;
  checkpoint.write(folder / "known");
  CHECK(load<>(folder / "known").config().model_type == TestType::model_type);
  CHECK(load<Llama, TestType>(folder / "known").config().model_type == TestType::model_type);

  checkpoint.config["model_type"] = "mamba";
  checkpoint.write(folder / "unknown");
  expect_error<UnsupportedError>([&] { (void)load<TestType>(folder / "unknown"); },
                                 {"model_type", "mamba", std::string(TestType::model_type)});
}
