#pragma once

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace multipruner {

/// How a file holds rows of text.
enum class TextFormat : std::uint8_t {
  plain,       ///< a row is a piece between blank lines ("\n\n")
  wikitext,    ///< the raw files of WikiText: a row is a line
  json_lines,  ///< a row is a line that holds one JSON value
  json_array,  ///< a row is an element of the one JSON array in the file
};

/// True of the formats that hold one running text rather than separate examples.
[[nodiscard]] constexpr bool is_running_text(TextFormat format) {
  return format == TextFormat::plain || format == TextFormat::wikitext;
}

namespace detail {

[[nodiscard]] inline std::string_view without_leading_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// A JSON array, or a JSON object on the first line, from its first character to its last.
[[nodiscard]] inline bool is_json(std::string_view content) {
  if (content.starts_with('[')) return nlohmann::json::accept(content);
  return content.starts_with('{') && nlohmann::json::accept(content.substr(0, content.find('\n')));
}

}  // namespace detail

/// The format of a file, by its extension: .txt and .md are plain, .raw is wikitext; .json, .jsonl and
/// .ndjson hold an array if the first character is "[", and lines otherwise. Any other extension is decided
/// by the content, which is taken for JSON if it is one array, or if its first line is an object, and for
/// plain text otherwise. A ".gz" behind the extension is passed over: what was unpacked keeps its name.
/// @param content without a byte order mark.
[[nodiscard]] inline TextFormat detect_text_format(const std::filesystem::path& path, std::string_view content) {
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

}  // namespace multipruner
