// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fstream>
#include <string_view>
#include <system_error>

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

[[nodiscard]] inline std::string_view without_quotes(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r");
  text = end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
  const bool quoted = text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// Entries of the front matter of a card that are plain words at its top level and tell of the licence.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> license_of(const std::filesystem::path& card) {
  constexpr std::size_t most_lines = 500;
  std::vector<std::pair<std::string, std::string>> license;
  std::ifstream file(card);
  std::string line;
  if (!std::getline(file, line) || without_quotes(line) != "---") return {};
  for (std::size_t i = 0; i < most_lines && std::getline(file, line) && without_quotes(line) != "---"; ++i) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || find_invalid_utf8(line)) continue;
    const std::string key = line.substr(0, colon);
    if (key != "license" && key != "license_name" && key != "license_link") continue;
    const std::string_view value = without_quotes(std::string_view(line).substr(colon + 2));
    if (!value.empty()) license.emplace_back(key, value);
  }
  return license;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE BaseModel base_model_of(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(folder, error).lexically_normal();
  if (error) path = folder.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  BaseModel base{.name = detail::name_on_hub(path)};
  base.is_hub = !base.name.empty();
  if (!base.is_hub) {
    const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
    base.name = (error ? path : real).filename().string();
  }
  base.license = detail::license_of(path / "README.md");
  return base;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
