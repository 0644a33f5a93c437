// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cctype>
#include <string>

#include <nlohmann/json.hpp>

#include <multipruner/io/text_format.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline std::string_view without_leading_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// A JSON array, or a JSON object on the first line, from its first character to its last.
[[nodiscard]] inline bool is_json(std::string_view content) {
  if (content.starts_with('[')) return nlohmann::json::accept(content);
  return content.starts_with('{') && nlohmann::json::accept(content.substr(0, content.find('\n')));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE TextFormat detect_text_format(const std::filesystem::path& path, std::string_view content) {
  const bool was_packed = path.extension() == ".gz";
  std::string extension = (was_packed ? path.stem() : path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".txt" || extension == ".md") return TextFormat::plain;
  if (extension == ".raw") return TextFormat::wikitext;
  content = detail::without_leading_space(content);
  const bool named_json = extension == ".json" || extension == ".jsonl" || extension == ".ndjson";
  if (!named_json && !detail::is_json(content)) return TextFormat::plain;
  return content.starts_with('[') ? TextFormat::json_array : TextFormat::json_lines;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
