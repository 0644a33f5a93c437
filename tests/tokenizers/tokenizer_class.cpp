// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <tokenizers/patched.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

const auto demo = source_path("tests/data/tokenizers/demo/tokenizer.json");

std::unique_ptr<Tokenizer> load_with(const json& definition, const json& config) {
  const TemporaryDirectory folder;
  write_file(folder / "tokenizer.json", definition.dump());
  write_file(folder / "tokenizer_config.json", config.dump());
  return load_tokenizer(folder.path());
}

}  // namespace

TEST_CASE("Classes of transformers put their special tokens around texts, whatever tokenizer.json says") {
  const json base = read_json(demo);
  const json cases = read_json(source_path("tests/data/tokenizers/classes/golden.json"));
  CHECK(cases.size() == 110);
  for (const json& golden : cases) {
    INFO(golden.dump());
    json definition = base;
    if (!golden.at("keeps_post_processor").get<bool>()) definition["post_processor"] = nullptr;
    const auto tokenizer = load_with(definition, golden.at("config"));
    for (const json& line : golden.at("lines")) {
      CHECK(tokenizer->encode(line[0].get<std::string>()) == line[1].get<std::vector<TokenId>>());
    }
  }
}

TEST_CASE("A class names the special tokens that tokenizer_config.json leaves out, where the vocabulary has them") {
  json definition = read_json(demo);
  const json config = {{"tokenizer_class", "LlamaTokenizer"}, {"add_eos_token", true}};
  CHECK(load_with(definition, config)->encode("").empty());
  definition["added_tokens"].push_back({{"id", 1030}, {"content", "<s>"}, {"special", true}});
  definition["added_tokens"].push_back({{"id", 1031}, {"content", "</s>"}, {"special", true}});
  const auto tokenizer = load_with(definition, config);
  CHECK(tokenizer->encode("") == std::vector<TokenId>{1030, 1031});
  CHECK(tokenizer->bos_token_id() == 1030);
  CHECK(tokenizer->eos_token_id() == 1031);
}
