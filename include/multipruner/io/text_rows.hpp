// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/text_dataset.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The text with "\r\n" and a lone "\r" turned into "\n", as Python reads text files ("universal newlines").
[[nodiscard]] std::string with_unix_line_ends(std::string_view text);

/// The pieces between separators, empty ones included: joined with the separator they are the text again.
[[nodiscard]] std::vector<std::string> split(std::string_view text, std::string_view separator);

/// The rows of Hugging Face's wikitext data set: lines with their "\n", lines of white space as "".
[[nodiscard]] std::vector<std::string> wikitext_rows(std::string_view text);

/// The rows of a JSON file.
struct JsonRows {
  std::vector<std::string> texts;
  std::vector<TextDataset::Conversation> conversations;  ///< those of them that were lists of messages

  /// Adds a row: a string, the string under `text`, a conversation (chat_text) under `messages` or `conversations`, or
  /// an Alpaca example put into its template.
  void add(const nlohmann::json& row, const std::string& where);
};

/// One row a line; blank lines are passed over. Errors name the line.
[[nodiscard]] JsonRows json_lines_rows(std::string_view text, const std::string& where);

/// One row an element of the array. Errors name the row.
[[nodiscard]] JsonRows json_array_rows(std::string_view text, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/text_rows.ipp>
#endif
