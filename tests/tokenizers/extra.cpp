#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/tokenizers.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

json read_json(const std::filesystem::path& path) {
  return json::parse(read_file(path));
}

/// The definition with members replaced, and those of the model merged, as tests/oracle/tokenizers_extra.py
/// does.
json patched(json definition, const json& patch) {
  for (const auto& [key, value] : patch.items()) {
    if (key != "model") {
      definition[key] = value;
    } else if (value.value("merges", json()) == "text") {
      for (auto& merge : definition["model"]["merges"]) {
        merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
      }
    } else {
      definition["model"].update(value);
    }
  }
  return definition;
}

void check_case(const json& base, const json& golden) {
  INFO(golden.at("name"));
  const TemporaryDirectory folder;
  write_file(folder / "tokenizer.json", patched(base, golden.at("patch")).dump());
  const auto tokenizer = load_tokenizer(folder.path());
  REQUIRE(!golden.at("lines").empty());
  for (const auto& line : golden.at("lines")) {
    INFO(line.dump());
    const auto text = line[0].get<std::string>();
    const auto ids = line[1].get<std::vector<TokenId>>();
    CHECK(tokenizer->encode(text, false) == ids);
    CHECK(tokenizer->encode(text) == line[2].get<std::vector<TokenId>>());
    CHECK(tokenizer->decode(ids, false) == line[3].get<std::string>());
    CHECK(tokenizer->decode(ids) == line[4].get<std::string>());
  }
}

}  // namespace

TEST_CASE("Rarer features of tokenizer.json do what they do in the tokenizers library") {
  const auto base = read_json(source_path("tests/data/tokenizers/demo/tokenizer.json"));
  const auto cases = read_json(source_path("tests/data/tokenizers/extra/golden.json"));
  CHECK(cases.size() >= 26);
  for (const auto& golden : cases) check_case(base, golden);
}

// A longer file of tests/oracle/tokenizers_extra.py can be checked by hand: `test_tokenizers
// "[.cross-check]"` with its path in MULTIPRUNER_TOKENIZER_GOLDEN and, if it was made for one, that of the
// tokenizer.json in MULTIPRUNER_TOKENIZER_JSON.
TEST_CASE("A longer cross-check", "[.cross-check]") {
  const char* file = std::getenv("MULTIPRUNER_TOKENIZER_GOLDEN");
  const char* definition = std::getenv("MULTIPRUNER_TOKENIZER_JSON");
  REQUIRE(file != nullptr);
  const auto base = definition != nullptr ? std::filesystem::path(definition)
                                          : source_path("tests/data/tokenizers/demo/tokenizer.json");
  for (const auto& golden : read_json(file)) check_case(read_json(base), golden);
}
