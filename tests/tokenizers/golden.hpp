// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <multipruner/tokenizers.hpp>

namespace multipruner::test {

/// The lines of a file of golden tokenizations, see tests/data/tokenizers/NOTES.
inline std::vector<nlohmann::json> read_golden(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

/// Checks every text of a golden file, exactly; there must be `count` of them at least.
inline void check_golden(const Tokenizer& tokenizer, const std::filesystem::path& path, std::size_t count) {
  const auto lines = read_golden(path);
  CHECK(lines.size() >= count);
  for (const auto& line : lines) {
    INFO(line.dump());
    const auto text = line.at("text").get<std::string>();
    const auto ids = line.at("ids").get<std::vector<TokenId>>();
    CHECK(tokenizer.encode(text, false) == ids);
    CHECK(tokenizer.encode(text) == line.at("ids_with_special").get<std::vector<TokenId>>());
    CHECK(tokenizer.decode(ids, false) == line.at("decoded").get<std::string>());
    if (line.contains("decoded_skip_special")) {
      CHECK(tokenizer.decode(ids) == line.at("decoded_skip_special").get<std::string>());
    }
  }
}

}  // namespace multipruner::test
