// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/alpaca.hpp>
#include <multipruner/io/chat_rows.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/text_rows.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string with_unix_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      result += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      result += '\n';
    }
  }
  return result;
}

MULTIPRUNER_INLINE std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> pieces;
  for (;;) {
    const std::size_t end = text.find(separator);
    pieces.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + separator.size());
  }
}

MULTIPRUNER_INLINE std::vector<std::string> wikitext_rows(std::string_view text) {
  std::vector<std::string> rows;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, size);
    const bool blank = line.find_first_not_of(" \t\v\f\n") == std::string_view::npos;
    rows.emplace_back(blank ? std::string_view{} : line);
    text.remove_prefix(size);
  }
  return rows;
}

[[nodiscard]] inline std::string string_of(const nlohmann::json& row, const std::string& key,
                                           const std::string& where) {
  return from_json<std::string>(row.at(key), where + ": " + key);
}

MULTIPRUNER_INLINE void JsonRows::add(const nlohmann::json& row, const std::string& where) {
  if (row.is_string()) return texts.push_back(row.get<std::string>());
  if (!row.is_object()) throw_json_mismatch(where, "a string or an object", row);
  if (has_value(row, "text")) return texts.push_back(string_of(row, "text", where));
  for (const char* key : {"messages", "conversations"}) {
    if (!has_value(row, key)) continue;
    conversations.push_back({static_cast<Index>(texts.size()), read_chat(row.at(key), where + ": " + key)});
    return texts.push_back(chat_text(conversations.back().messages));
  }
  for (const char* key : {"instruction", "output"}) {
    if (has_value(row, key)) continue;
    throw DataError(where, std::string("the row has neither \"text\" nor \"messages\" nor \"") + key + '"',
                    "Give every row a \"text\", or \"messages\", or an \"instruction\", an \"output\" and perhaps an "
                    "\"input\"");
  }
  const std::string input = has_value(row, "input") ? string_of(row, "input", where) : std::string{};
  texts.push_back(alpaca_text(string_of(row, "instruction", where), input, string_of(row, "output", where)));
}

MULTIPRUNER_INLINE JsonRows json_lines_rows(std::string_view text, const std::string& where) {
  JsonRows rows;
  for (Index number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string here = where + ", line " + std::to_string(number);
    rows.add(parse_json(line, here), here);
  }
  return rows;
}

MULTIPRUNER_INLINE JsonRows json_array_rows(std::string_view text, const std::string& where) {
  const nlohmann::json array = parse_json(text, where);
  if (!array.is_array()) throw_json_mismatch(where, "an array of rows", array);
  JsonRows rows;
  for (const nlohmann::json& row : array) {
    rows.add(row, where + ", row " + std::to_string(rows.texts.size()) + " (counted from 0)");
  }
  return rows;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
