// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/tokenizers.hpp>

namespace multipruner::test {

inline nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(read_file(path));
}

/// A tokenizer.json with members replaced, and those of the model merged, as the scripts in tests/oracle do.
inline nlohmann::json patched(nlohmann::json definition, const nlohmann::json& patch) {
  for (const auto& [key, value] : patch.items()) {
    if (key != "model") {
      definition[key] = value;
    } else if (value.value("merges", nlohmann::json()) == "text") {
      for (auto& merge : definition["model"]["merges"]) {
        merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
      }
    } else {
      definition["model"].update(value);
    }
  }
  return definition;
}

inline std::unique_ptr<Tokenizer> load_definition(const nlohmann::json& definition) {
  const TemporaryDirectory folder;
  write_file(folder / "tokenizer.json", definition.dump());
  return load_tokenizer(folder.path());
}

/// Checks one case of a golden file that a script in tests/oracle has written.
inline void check_patched(const nlohmann::json& base, const nlohmann::json& golden) {
  INFO(golden.at("name"));
  const auto tokenizer = load_definition(patched(base, golden.at("patch")));
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
  for (const auto& decoding : golden.value("decodings", nlohmann::json::array())) {
    INFO(decoding.dump());
    const auto ids = decoding[0].get<std::vector<TokenId>>();
    CHECK(tokenizer->decode(ids, false) == decoding[1].get<std::string>());
    CHECK(tokenizer->decode(ids) == decoding[2].get<std::string>());
  }
}

}  // namespace multipruner::test
