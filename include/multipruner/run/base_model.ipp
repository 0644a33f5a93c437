// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fstream>
#include <string_view>
#include <system_error>

#include <multipruner/io/find_model.hpp>
#include <multipruner/io/model_folder.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/run/base_model.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// "org/name" of ".../models--org--name/snapshots/COMMIT", the layout of a cache of the Hub; empty for other paths.
[[nodiscard]] inline std::string name_on_hub(const std::filesystem::path& folder) {
  constexpr std::string_view prefix = "models--";
  const std::filesystem::path snapshots = folder.parent_path();
  const std::string repository = snapshots.parent_path().filename().string();
  if (snapshots.filename() != "snapshots" || !repository.starts_with(prefix)) return "";
  std::string name = repository.substr(prefix.size());
  if (const std::size_t dashes = name.find("--"); dashes != std::string::npos) name.replace(dashes, 2, "/");
  return name;
}

/// A value of YAML in one line, without its quotes, or the comment behind it.
[[nodiscard]] inline std::string_view plain_value(std::string_view text) {
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const std::size_t end = text.find(text.front(), 1);
    if (end != std::string_view::npos) return text.substr(1, end - 1);
  }
  text = text.substr(0, text.find(" #"));
  const auto end = text.find_last_not_of(" \t\r");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

/// Entries of the front matter of a card that are plain words at its top level and tell of the licence.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> license_of(const std::filesystem::path& card) {
  constexpr std::size_t most_lines = 500;
  std::vector<std::pair<std::string, std::string>> license;
  std::ifstream file(card);
  std::string line;
  if (!std::getline(file, line) || plain_value(line) != "---") return {};
  for (std::size_t i = 0; i < most_lines && std::getline(file, line) && plain_value(line) != "---"; ++i) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || find_invalid_utf8(line)) continue;
    const std::string key = line.substr(0, colon);
    if (key != "license" && key != "license_name" && key != "license_link") continue;
    const std::string_view value = plain_value(std::string_view(line).substr(colon + 2));
    if (!value.empty()) license.emplace_back(key, value);
  }
  return license;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE BaseModel base_model_of(const std::filesystem::path& name) {
  const std::filesystem::path folder = find_model(name);
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(folder, error).lexically_normal();
  if (error) path = folder.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  if (error) real = path;
  const bool is_file = is_gguf_file(path);
  const auto around = [&](const std::filesystem::path& of) { return is_file ? of.parent_path() : of; };
  BaseModel base{.name = detail::name_on_hub(around(path))};
  if (base.name.empty()) base.name = detail::name_on_hub(around(real));
  base.is_hub = !base.name.empty();
  if (!base.is_hub) base.name = (is_file ? real.stem() : real.filename()).string();
  base.license = detail::license_of(around(path) / "README.md");
  return base;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
