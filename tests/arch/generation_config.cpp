// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

using Tokens = std::vector<TokenId>;

/// The configuration of a model whose config.json has the end-of-text token 3, with this generation_config.json.
ModelConfig load_with(const std::string& generation_config) {
  const TemporaryDirectory folder;
  const nlohmann::json config{{"model_type", "llama"},  {"vocab_size", 13},       {"hidden_size", 8},
                              {"intermediate_size", 4}, {"num_hidden_layers", 1}, {"num_attention_heads", 2},
                              {"eos_token_id", 3}};
  RandomCheckpoint::make<Llama>(config).write(folder.path());
  if (!generation_config.empty()) write_file(folder / "generation_config.json", generation_config);
  return load<Llama>(folder.path()).config();
}

}  // namespace

TEST_CASE("generation stops at the tokens of generation_config.json") {
  CHECK(load_with(R"({"eos_token_id": 5})").stop_token_ids() == Tokens{5});
  CHECK(load_with(R"({"eos_token_id": [7, 5], "temperature": 0.6})").stop_token_ids() == Tokens{7, 5});
}

TEST_CASE("generation stops at the tokens of config.json where generation_config.json names none") {
  CHECK(load_with("").stop_token_ids() == Tokens{3});
  CHECK(load_with("{}").stop_token_ids() == Tokens{3});
  CHECK(load_with(R"({"eos_token_id": null})").stop_token_ids() == Tokens{3});
  CHECK(load_with(R"({"eos_token_id": []})").stop_token_ids() == Tokens{3});
}

TEST_CASE("the end-of-text token of config.json stays what it is") {
  CHECK(load_with(R"({"eos_token_id": [7, 5]})").eos_token_ids == Tokens{3});
}

TEST_CASE("a generation_config.json that is broken is named") {
  const auto refused = [](const std::string& text, auto error, const std::string& message) {
    expect_error<decltype(error)>([&] { static_cast<void>(load_with(text)); }, {"generation_config.json", message});
  };
  refused(R"({"eos_token_id": "</s>"})", DataError("", "", ""), "eos_token_id: expected an integer");
  refused(R"({"eos_token_id": [1, 2.5]})", DataError("", "", ""), "eos_token_id[1]: expected an integer");
  refused("[]", DataError("", "", ""), "expected an object");
  refused("{", FileError("", "", ""), "not valid JSON");
}
