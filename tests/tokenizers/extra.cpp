// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <tokenizers/patched.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Rarer features of tokenizer.json do what they do in the tokenizers library") {
  const auto base = read_json(source_path("tests/data/tokenizers/demo/tokenizer.json"));
  const auto cases = read_json(source_path("tests/data/tokenizers/extra/golden.json"));
  CHECK(cases.size() >= 26);
  for (const auto& golden : cases) check_patched(base, golden);
}

TEST_CASE(
    "A tokenizer.json in the style of Llama 2 does what it does in the tokenizers library, and so do its variants") {
  const auto base = read_json(source_path("tests/data/tokenizers/llama/tokenizer.json"));
  const auto cases = read_json(source_path("tests/data/tokenizers/llama/golden.json"));
  CHECK(cases.size() >= 38);
  for (const auto& golden : cases) check_patched(base, golden);
}

// A longer file of tests/oracle/tokenizers_extra.py or tokenizers_sentencepiece.py can be checked by hand:
// `test_tokenizers "[.cross-check]"` with its path in MULTIPRUNER_TOKENIZER_GOLDEN, and that of the tokenizer.json it
// was made for, if not the demo's, in MULTIPRUNER_TOKENIZER_JSON.
TEST_CASE("A longer cross-check", "[.cross-check]") {
  const char* file = std::getenv("MULTIPRUNER_TOKENIZER_GOLDEN");
  const char* definition = std::getenv("MULTIPRUNER_TOKENIZER_JSON");
  REQUIRE(file != nullptr);
  const auto base = definition != nullptr ? std::filesystem::path(definition)
                                          : source_path("tests/data/tokenizers/demo/tokenizer.json");
  for (const auto& golden : read_json(file)) check_patched(read_json(base), golden);
}
