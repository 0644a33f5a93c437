// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>

#include <multipruner/arch/llama.hpp>
#include <multipruner/core/error.hpp>

using namespace multipruner;
using Json = nlohmann::json;

namespace {

RopeConfig rope_of(const Json& more) {
  Json config = Json::parse(R"({"model_type": "llama", "vocab_size": 8, "hidden_size": 8, "intermediate_size": 8,
                                "num_hidden_layers": 1, "num_attention_heads": 2})");
  config.update(more);
  const ModelConfig model = Llama::configure(JsonReader(config, "config.json"));
  return model.blocks[test::attention_of(0)].as<Attention>()->rope;
}

}  // namespace

TEST_CASE("rotary settings are read from both places that transformers writes them to") {
  CHECK(rope_of(Json::object()) == RopeConfig{});
  CHECK(rope_of({{"rope_theta", 5e5}}).theta == 5e5);
  CHECK(rope_of(Json::parse(R"({"rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}})")).theta == 5e5);

  const RopeConfig linear{.theta = 1e4, .scaling = RopeScaling::linear, .factor = 4};
  CHECK(rope_of(Json::parse(R"({"rope_scaling": {"type": "linear", "factor": 4}})")) == linear);
  CHECK(rope_of(Json::parse(R"({"rope_parameters": {"rope_type": "linear", "factor": 4.0}})")) == linear);

  const RopeConfig llama3 = rope_of(Json::parse(R"({"rope_parameters": {
      "rope_theta": 500000.0, "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
      "original_max_position_embeddings": 8192}})"));
  CHECK(llama3.scaling == RopeScaling::llama3);
  CHECK(llama3.theta == 500000.0);
  CHECK(llama3.original_max_position_embeddings == 8192);
}

TEST_CASE("rotary settings that the library does not compute are refused by name") {
  const auto text =
      GENERATE(R"({"rope_scaling": {"factor": 4, "rope_type": "dynamic"}})",
               R"({"rope_parameters": {"rope_type": "longrope", "factor": 4}})", R"({"partial_rotary_factor": 0.5})",
               R"({"rope_parameters": {"partial_rotary_factor": 0.25}})");
  CAPTURE(text);
  CHECK_THROWS_AS(rope_of(Json::parse(text)), UnsupportedError);
  CHECK_THROWS_AS(rope_of(Json::parse(R"({"rope_scaling": {"factor": 4}})")), DataError);
  CHECK_THROWS_AS(rope_of(Json::parse(R"({"hidden_size": 1099511627776})")), DataError);
}
