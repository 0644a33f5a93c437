// SPDX-License-Identifier: MIT
// What is special about each family: which settings it reads, in the words of both versions of transformers, and which
// it refuses.

#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>

#include <multipruner/arch/load.hpp>

using namespace multipruner;
using namespace multipruner::test;
using Json = nlohmann::json;

namespace {

template <class A>
ModelConfig configured(const Json& more) {
  Json config{{"model_type", A::model_type}, {"vocab_size", 13},       {"hidden_size", 16},
              {"intermediate_size", 12},     {"num_hidden_layers", 6}, {"num_attention_heads", 4},
              {"num_key_value_heads", 2},    {"head_dim", 8}};
  config.update(more);
  return A::configure(JsonReader(config, "config.json"));
}

template <class A>
ModelConfig configured(const char* more) {
  return configured<A>(Json::parse(more));
}

const AttentionSpec& attention_in(const ModelConfig& model, Index layer = 0) {
  return *model.blocks[attention_of(layer)].as<Attention>();
}

std::vector<Index> windows(const ModelConfig& model) {
  std::vector<Index> result;
  for (Index layer = 0; layer < model.num_hidden_layers; ++layer) {
    result.push_back(attention_in(model, layer).sliding_window);
  }
  return result;
}

template <class A, class Expected = DataError>
void expect_refusal(const char* more, const std::vector<std::string>& parts) {
  expect_error<Expected>([&] { (void)configured<A>(more); }, parts);
}

}  // namespace

TEST_CASE("Mistral has a window in all layers, unless it is null") {
  CHECK(windows(configured<Mistral>("{}")) == std::vector<Index>(6, 4096));
  CHECK(windows(configured<Mistral>(R"({"sliding_window": null})")) == std::vector<Index>(6, 0));
  CHECK(windows(configured<Mistral>(R"({"sliding_window": 77})")) == std::vector<Index>(6, 77));
  expect_refusal<Mistral>(R"({"sliding_window": 0})", {"config.json", "sliding_window"});
  expect_refusal<Mistral>(R"({"sliding_window": "all"})", {"config.json", "sliding_window"});
}

TEMPLATE_TEST_CASE("layers of Qwen may have windows", "", Qwen2, Qwen3) {
  const std::vector<Index> none(6, 0);
  CHECK(windows(configured<TestType>("{}")) == none);
  CHECK(windows(configured<TestType>(R"({"sliding_window": 5, "max_window_layers": 2})")) == none);
  CHECK(windows(configured<TestType>(R"({"use_sliding_window": true, "sliding_window": null})")) == none);
  CHECK(windows(configured<TestType>(R"({"use_sliding_window": true, "sliding_window": 5})")) == none);
  CHECK(windows(configured<TestType>(R"({"use_sliding_window": true, "sliding_window": 5, "max_window_layers": 2})")) ==
        std::vector<Index>{0, 0, 5, 5, 5, 5});
  const char* const f = R"("full_attention")";
  const std::string s = R"("sliding_attention")";
  const std::string types = std::string("[") + f + "," + s + "," + f + "," + f + "," + f + "," + s + "]";
  CHECK(windows(configured<TestType>(
            (R"({"use_sliding_window": true, "sliding_window": 5, "layer_types": )" + types + "}").c_str())) ==
        std::vector<Index>{0, 5, 0, 0, 0, 5});
  expect_refusal<TestType>(R"({"use_sliding_window": true, "layer_types": ["full_attention"]})",
                           {"config.json", "layer_types", "1 entries for 6 layers"});
  expect_refusal<TestType, UnsupportedError>(R"({"use_sliding_window": true, "layer_types": ["chunked_attention"]})",
                                             {"config.json", "layer_types", "chunked_attention"});
  expect_refusal<TestType>(R"({"use_sliding_window": true, "sliding_window": 0})", {"config.json", "sliding_window"});
  expect_refusal<TestType>(R"({"use_sliding_window": true, "max_window_layers": -1})",
                           {"config.json", "max_window_layers"});
}

TEST_CASE("Gemma reads its activation as it was trained, whatever it is called") {
  const auto activation = [](const char* more) {
    return configured<Gemma>(more).blocks[mlp_of(0)].as<GatedMlp>()->activation;
  };
  for (const char* const more : {"{}", R"({"hidden_act": "gelu"})", R"({"hidden_act": "gelu_pytorch_tanh"})",
                                 R"({"hidden_act": "gelu", "hidden_activation": "gelu_pytorch_tanh"})"}) {
    CHECK(activation(more) == Activation::gelu_tanh);
  }
  CHECK(activation(R"({"hidden_act": "gelu", "hidden_activation": "silu"})") == Activation::silu);
  const ModelConfig model = configured<Gemma>("{}");
  CHECK(model.embedding_scale == 4);
  CHECK(model.final_norm_offset);
  CHECK(attention_in(model).frame == BlockFrame{.norm_offset = true});
  expect_refusal<Gemma, UnsupportedError>(R"({"use_bidirectional_attention": true})",
                                          {"config.json", "use_bidirectional_attention"});
}

TEST_CASE("Gemma 2 has caps and a window in every other layer") {
  const ModelConfig usual = configured<Gemma2>("{}");
  CHECK(windows(usual) == std::vector<Index>{4096, 0, 4096, 0, 4096, 0});
  CHECK(attention_in(usual).score_soft_cap == 50);
  CHECK(usual.logit_soft_cap == 30);
  CHECK(attention_in(usual).score_scale == Approx(1.0 / 16));
  CHECK(attention_in(usual).frame == BlockFrame{.post_norm = true, .norm_offset = true});
  const ModelConfig without = configured<Gemma2>(
      R"({"attn_logit_softcapping": null, "final_logit_softcapping": null, "query_pre_attn_scalar": 64})");
  CHECK(attention_in(without).score_soft_cap == 0);
  CHECK(without.logit_soft_cap == 0);
  CHECK(attention_in(without).score_scale == 0.125);
  expect_refusal<Gemma2>(R"({"attn_logit_softcapping": 0})", {"config.json", "attn_logit_softcapping"});
  expect_refusal<Gemma2>(R"({"final_logit_softcapping": -5})", {"config.json", "final_logit_softcapping"});
  expect_refusal<Gemma2>(R"({"query_pre_attn_scalar": 0})", {"config.json", "query_pre_attn_scalar"});
  expect_refusal<Gemma2>(R"({"sliding_window": 0})", {"config.json", "sliding_window"});
}

TEST_CASE("Gemma 3 has rotary settings for local and for other layers, in the words of both versions of transformers") {
  const auto check = [](const ModelConfig& model) {
    CHECK(windows(model) == std::vector<Index>{9, 9, 0, 9, 9, 0});
    CHECK(attention_in(model, 0).rope == RopeConfig{.theta = 50});
    CHECK(attention_in(model, 2).rope == RopeConfig{.theta = 2e5, .scaling = RopeScaling::linear, .factor = 8});
    CHECK(attention_in(model, 2).query_key_norm == QueryKeyNorm::head);
  };
  check(configured<Gemma3>(R"({"sliding_window": 9, "sliding_window_pattern": 3, "rope_theta": 2e5,
                               "rope_local_base_freq": 50, "rope_scaling": {"rope_type": "linear", "factor": 8}})"));
  check(configured<Gemma3>(R"({"sliding_window": 9,
      "layer_types": ["sliding_attention", "sliding_attention", "full_attention",
                      "sliding_attention", "sliding_attention", "full_attention"],
      "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8, "rope_theta": 2e5},
                          "sliding_attention": {"rope_type": "default", "rope_theta": 50}}})"));
  const ModelConfig usual = configured<Gemma3>("{}");
  CHECK(windows(usual) == std::vector<Index>{4096, 4096, 4096, 4096, 4096, 0});
  CHECK(attention_in(usual, 0).rope == RopeConfig{});
  CHECK(attention_in(usual, 5).rope == RopeConfig{.theta = 1e6});
  expect_refusal<Gemma3>(R"({"sliding_window_pattern": 0})", {"config.json", "sliding_window_pattern"});
  expect_refusal<Gemma3>(R"({"rope_local_base_freq": 0})", {"config.json", "rope_local_base_freq"});
}

TEST_CASE("Phi-3 may turn a part of a head, in the words of both versions of transformers") {
  CHECK(attention_in(configured<Phi3>("{}")).rotary_dim == 0);
  CHECK(attention_in(configured<Phi3>(R"({"partial_rotary_factor": 0.75})")).rotary_dim == 6);
  CHECK(attention_in(configured<Phi3>(R"({"rope_parameters": {"partial_rotary_factor": 0.25}})")).rotary_dim == 2);
  CHECK(windows(configured<Phi3>("{}")) == std::vector<Index>(6, 0));
  CHECK(windows(configured<Phi3>(R"({"sliding_window": 2047})")) == std::vector<Index>(6, 2047));
  expect_refusal<Phi3>(R"({"partial_rotary_factor": 0.4})", {"config.json", "partial_rotary_factor", "3 channels"});
  expect_refusal<Phi3>(R"({"partial_rotary_factor": 1.5})", {"config.json", "partial_rotary_factor"});
  expect_refusal<Llama, UnsupportedError>(R"({"partial_rotary_factor": 0.5})",
                                          {"config.json", "partial_rotary_factor"});
}

TEST_CASE("longrope of Phi-3 is read with its short factors, for as many tokens as these are for") {
  const char* const type = GENERATE("longrope", "su", "yarn");
  const Json scaling{{"type", type}, {"short_factor", {1, 1.5, 2, 4}}, {"long_factor", {2, 3, 4, 5}}};
  const ModelConfig model = configured<Phi3>(
      {{"max_position_embeddings", 64}, {"original_max_position_embeddings", 16}, {"rope_scaling", scaling}});
  CHECK(model.max_position_embeddings == 16);
  const RopeConfig& rope = attention_in(model).rope;
  CHECK(rope.scaling == RopeScaling::longrope);
  CHECK(rope.factors == std::vector<double>{1, 1.5, 2, 4});
  CHECK(rope.attention_factor == Approx(std::sqrt(1 + std::log(4) / std::log(16))));
  const auto refused = [&](const Json& factors) {
    Json wrong = scaling;
    wrong["short_factor"] = factors;
    expect_error<DataError>(
        [&] {
          (void)configured<Phi3>({{"max_position_embeddings", 64}, {"rope_scaling", wrong}});
        },
        {"rope_scaling"});
  };
  refused({1, 2, 3});
  refused({1, 2, 3, 0});
  refused(nullptr);
  refused("1");
  expect_error<UnsupportedError>(
      [&] {
        (void)configured<Llama>({{"rope_scaling", {{"rope_type", "longrope"}, {"factor", 4}}}});
      },
      {"rope_scaling", "longrope"});
}

TEST_CASE("yarn is read with what transformers takes where it says nothing") {
  const auto rope_of = [](const char* more) { return attention_in(configured<Qwen2>(more)).rope; };
  const RopeConfig usual = rope_of(R"({"max_position_embeddings": 32,
      "rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 16}})");
  CHECK(usual == RopeConfig{.scaling = RopeScaling::yarn,
                            .factor = 4,
                            .original_max_position_embeddings = 16,
                            .attention_factor = 0.1 * std::log(4) + 1});
  CHECK(rope_of(R"({"max_position_embeddings": 32, "rope_scaling": {"type": "yarn", "factor": 4}})")
            .original_max_position_embeddings == 32);
  CHECK(rope_of(R"({"max_position_embeddings": 32, "rope_scaling": {"type": "yarn", "factor": 4,
      "attention_factor": 0.5, "beta_fast": 8, "beta_slow": 2, "truncate": false}})") ==
        RopeConfig{.scaling = RopeScaling::yarn,
                   .factor = 4,
                   .original_max_position_embeddings = 32,
                   .beta_fast = 8,
                   .beta_slow = 2,
                   .truncate = false,
                   .attention_factor = 0.5});
  expect_refusal<Qwen2>(R"({"rope_scaling": {"type": "yarn"}, "max_position_embeddings": 32})",
                        {"rope_scaling", "factor"});
  expect_refusal<Qwen2>(R"({"rope_scaling": {"type": "yarn", "factor": 2, "beta_fast": 0},
                            "max_position_embeddings": 32})",
                        {"rope_scaling", "beta_fast"});
  expect_refusal<Qwen2>(R"({"rope_scaling": {"type": "yarn", "factor": 2}, "rope_theta": 1,
                            "max_position_embeddings": 32})",
                        {"rope_scaling", "rope_theta"});
}

TEST_CASE("layers of SmolLM3 know positions, or do not") {
  const auto positions = [](const ModelConfig& model) {
    std::vector<bool> rotary;
    for (Index layer = 0; layer < 6; ++layer)
      rotary.push_back(attention_in(model, layer).positions == Positions::rotary);
    return rotary;
  };
  CHECK(positions(configured<SmolLm3>("{}")) == std::vector<bool>{true, true, true, false, true, true});
  CHECK(positions(configured<SmolLm3>(R"({"no_rope_layer_interval": 2})")) ==
        std::vector<bool>{true, false, true, false, true, false});
  CHECK(positions(configured<SmolLm3>(R"({"no_rope_layers": [0, 1, 1, 1, 1, 0, 1]})")) ==
        std::vector<bool>{false, true, true, true, true, false});
  CHECK(windows(configured<SmolLm3>(
            R"({"no_rope_layers": [0, 1, 1, 1, 1, 0], "use_sliding_window": true, "sliding_window": 8})")) ==
        std::vector<Index>{8, 0, 0, 0, 0, 8});
  expect_refusal<SmolLm3>(R"({"no_rope_layers": [1]})", {"config.json", "no_rope_layers", "1 entries for 6 layers"});
  expect_refusal<SmolLm3>(R"({"no_rope_layer_interval": 0})", {"config.json", "no_rope_layer_interval"});
}

TEST_CASE("numbers of Granite have to be above 0") {
  for (const char* const key :
       {"embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling"}) {
    for (const char* const value : {"0", "-1", "\"1\""}) {
      expect_refusal<Granite>((std::string("{\"") + key + "\": " + value + "}").c_str(), {"config.json", key});
    }
  }
  const ModelConfig model = configured<Granite>(R"({"logits_scaling": 8})");
  CHECK(model.logit_scale == 0.125);
  CHECK(attention_in(model).score_scale == 1);
}

TEST_CASE("Baichuan has rotary positions or ALiBi, and a head whose rows are normalised since the second one") {
  const ModelConfig seven = configured<Baichuan>(R"({"max_position_embeddings": 99})");
  CHECK(attention_in(seven).positions == Positions::rotary);
  CHECK(seven.max_position_embeddings == 99);
  CHECK(seven.normalized_head);
  const ModelConfig thirteen = configured<Baichuan>(R"({"model_max_length": 55})");
  CHECK(attention_in(thirteen).positions == Positions::alibi);
  CHECK(thirteen.max_position_embeddings == 55);
  CHECK_FALSE(configured<Baichuan>(R"({"vocab_size": 64000})").normalized_head);
}

TEST_CASE("identities say what is special of a block, and nothing of blocks that are like Llama's") {
  const std::string plain = configured<Llama>("{}").blocks[attention_of(0)].description();
  CHECK(plain ==
        "kind=attention, stream_in=16, stream_out=16, num_attention_heads=4, num_key_value_heads=2, head_dim=8, "
        "rms_norm_eps=9.9999999999999995e-07, qkv_bias=false, o_bias=false, rope_theta=10000, rope_scaling=none");
  CHECK(configured<Mistral>(R"({"sliding_window": null})").blocks[attention_of(0)].description() == plain);
  CHECK(configured<Llama>("{}").blocks[mlp_of(0)].description() ==
        "kind=mlp, stream_in=16, stream_out=16, intermediate_size=12, rms_norm_eps=9.9999999999999995e-07, "
        "mlp_bias=false");
  const std::string gemma = configured<Gemma2>("{}").blocks[attention_of(0)].description();
  for (const char* const part :
       {"sliding_window=4096", "score_soft_cap=50", "score_scale=", "post_norm=true", "norm_offset=true"}) {
    CHECK_THAT(gemma, Catch::Contains(part));
  }
  CHECK_THAT(configured<Gemma2>("{}").blocks[mlp_of(0)].description(), Catch::Contains("activation=gelu_tanh"));
  CHECK_THAT(configured<Baichuan>("{}").blocks[attention_of(0)].description(), Catch::Contains("positions=alibi"));
  CHECK_THAT(configured<Granite>(R"({"residual_multiplier": 0.5})").blocks[mlp_of(0)].description(),
             Catch::Contains("residual_multiplier=0.5"));
}
