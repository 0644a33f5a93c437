#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <multipruner/arch/llama.hpp>
#include <multipruner/core/error.hpp>

using namespace multipruner;
using Json = nlohmann::json;

namespace {

ModelConfig configure(const Json& more) {
  Json config = Json::parse(R"({"model_type": "llama", "vocab_size": 8, "hidden_size": 8, "intermediate_size": 8,
                                "num_hidden_layers": 1, "num_attention_heads": 2})");
  config.update(more);
  return Llama::configure(JsonReader(config, "config.json"));
}

}  // namespace

TEST_CASE("rotary settings are read from both places that transformers writes them to") {
  CHECK(configure(Json::object()).rope == RopeConfig{});
  CHECK(configure({{"rope_theta", 5e5}}).rope.theta == 5e5);
  CHECK(configure(Json::parse(R"({"rope_parameters": {"rope_theta": 5e5, "rope_type": "default"}})")).rope.theta ==
        5e5);

  const RopeConfig linear{.theta = 1e4, .scaling = RopeScaling::linear, .factor = 4};
  CHECK(configure(Json::parse(R"({"rope_scaling": {"type": "linear", "factor": 4}})")).rope == linear);
  CHECK(configure(Json::parse(R"({"rope_parameters": {"rope_type": "linear", "factor": 4.0}})")).rope == linear);

  const RopeConfig llama3 = configure(Json::parse(R"({"rope_parameters": {
      "rope_theta": 500000.0, "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
      "original_max_position_embeddings": 8192}})"))
                                .rope;
  CHECK(llama3.scaling == RopeScaling::llama3);
  CHECK(llama3.theta == 500000.0);
  CHECK(llama3.original_max_position_embeddings == 8192);
}

TEST_CASE("rotary settings that the library does not compute are refused by name") {
  const auto text =
      GENERATE(R"({"rope_scaling": {"type": "yarn", "factor": 4}})",
               R"({"rope_scaling": {"factor": 4, "rope_type": "dynamic"}})",
               R"({"rope_parameters": {"rope_type": "longrope", "factor": 4}})", R"({"partial_rotary_factor": 0.5})",
               R"({"rope_parameters": {"partial_rotary_factor": 0.25}})");
  CAPTURE(text);
  CHECK_THROWS_AS(configure(Json::parse(text)), UnsupportedError);
  CHECK_THROWS_AS(configure(Json::parse(R"({"rope_scaling": {"factor": 4}})")), DataError);
  CHECK_THROWS_AS(configure(Json::parse(R"({"hidden_size": 1099511627776})")), DataError);
}
