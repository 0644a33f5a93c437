// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

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

/// The format of a file, by its extension: .txt and .md are plain, .raw is wikitext; .json, .jsonl and
/// .ndjson hold an array if the first character is "[", and lines otherwise. Any other extension is decided
/// by the content, which is taken for JSON if it is one array, or if its first line is an object, and for
/// plain text otherwise. A ".gz" behind the extension is passed over: what was unpacked keeps its name.
/// @param content without a byte order mark.
[[nodiscard]] TextFormat detect_text_format(const std::filesystem::path& path, std::string_view content);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/text_format.ipp>
#endif
