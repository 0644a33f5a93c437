// SPDX-License-Identifier: MIT
// config.json of Nemotron-NAS models, as they are published.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>

#include <multipruner/arch/deci.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

nlohmann::json block(nlohmann::json attention, nlohmann::json ffn) {
  return {{"attention", std::move(attention)}, {"ffn", std::move(ffn)}};
}

/// Of the form of Llama-3_1-Nemotron-51B's, smaller.
nlohmann::json published() {
  nlohmann::json config{{"model_type", "nemotron-nas"},   {"vocab_size", 13},       {"hidden_size", 64},
                        {"intermediate_size", nullptr},   {"num_hidden_layers", 3}, {"num_attention_heads", 8},
                        {"num_key_value_heads", nullptr}, {"rope_theta", 500000.0}, {"tie_word_embeddings", false}};
  config["block_configs"] = {
      block({{"n_heads_in_group", 4}, {"no_op", false}, {"num_sink_tokens", nullptr}, {"sparsify", nullptr}},
            {{"ffn_mult", 5.25}, {"no_op", false}}),
      block({{"n_heads_in_group", nullptr}, {"no_op", true}}, {{"ffn_mult", 1.0}, {"no_op", false}}),
      block({{"n_heads_in_group", 8}, {"no_op", false}}, {{"intermediate_size", 33}, {"no_op", false}})};
  return config;
}

ModelConfig configure(const nlohmann::json& config) {
  return Deci::configure(JsonReader(config, "config.json"));
}

}  // namespace

TEST_CASE("layers of Nemotron-NAS models have what their block_configs say") {
  const ModelConfig model = configure(published());
  REQUIRE(model.num_blocks() == 5);
  CHECK(model.num_hidden_layers == 3);
  CHECK(model.blocks[{0}].as<Attention>()->num_key_value_heads == 2);
  CHECK(model.blocks[{1}].as<GatedMlp>()->intermediate_size == 256);  // ⌊2 · 5.25 · 64 / 3⌋ = 224
  CHECK(model.blocks[{2}].label() == "layer 1 mlp");
  CHECK(model.blocks[{3}].as<Attention>()->num_key_value_heads == 1);
  CHECK(model.blocks[{4}].as<GatedMlp>()->intermediate_size == 33);
  CHECK(model.blocks[{4}].layer() == 2);
}

TEST_CASE("every multiple of 256 has an ffn_mult") {
  for (const Index hidden : {64, 576, 2048, 3584, 4096, 5120, 8192, 16384}) {
    for (Index width = 256; width <= 40 * 1024; width += 256) {
      REQUIRE(Deci::intermediate_size(Deci::ffn_mult(width, hidden), hidden) == width);
    }
  }
}

TEST_CASE("biases of Nemotron-NAS models are those that vLLM reads") {
  nlohmann::json config = published();
  config["attention_bias"] = true;
  CHECK(configure(config).blocks[{0}].as<Attention>()->qkv_bias);
  CHECK(configure(config).blocks[{0}].as<Attention>()->o_bias);
  config["qkv_bias"] = false;
  CHECK_FALSE(configure(config).blocks[{0}].as<Attention>()->qkv_bias);
  CHECK(configure(config).blocks[{0}].as<Attention>()->o_bias);
}

TEST_CASE("block_configs that say something else are refused by name") {
  const auto with = [](std::size_t layer, const char* part, const char* key, nlohmann::json value) {
    nlohmann::json config = published();
    config["block_configs"][layer][part][key] = std::move(value);
    return config;
  };
  const auto unsupported = [](const nlohmann::json& config, const std::string& where) {
    expect_error<UnsupportedError>([&] { (void)configure(config); }, {where});
  };
  const auto wrong = [](const nlohmann::json& config, const std::string& where) {
    expect_error<DataError>([&] { (void)configure(config); }, {where});
  };
  unsupported(with(0, "attention", "replace_with_linear", true), "block_configs[0].attention.replace_with_linear");
  unsupported(with(0, "attention", "window_length", 8), "block_configs[0].attention.window_length");
  unsupported(with(2, "ffn", "replace_with_linear", true), "block_configs[2].ffn.replace_with_linear");
  unsupported(with(1, "ffn", "hidden_act", "gelu"), "block_configs[1].ffn.hidden_act");
  wrong(with(0, "attention", "n_heads_in_group", 3), "block_configs[0].attention.n_heads_in_group");
  wrong(with(0, "attention", "n_heads_in_group", 0), "block_configs[0].attention.n_heads_in_group");
  wrong(with(0, "attention", "n_heads_in_group", nullptr), "block_configs[0].attention.n_heads_in_group");
  wrong(with(2, "ffn", "intermediate_size", nullptr), "block_configs[2].ffn.intermediate_size");
  wrong(with(0, "ffn", "ffn_mult", -1.0), "block_configs[0].ffn.ffn_mult");
  nlohmann::json config = published();
  config["num_hidden_layers"] = 4;
  wrong(config, "block_configs");
  config.erase("block_configs");
  wrong(config, "block_configs");
}
