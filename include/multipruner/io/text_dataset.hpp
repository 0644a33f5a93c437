// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/chat_message.hpp>
#include <multipruner/io/text_format.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Rows joined with a blank line, "\n\n": the one text that is tokenised.
[[nodiscard]] std::string join_rows(std::span<const std::string> rows);

/// Rows of text, in the order of their file, and the format they came in. Row numbers count from 0.
struct TextDataset {
  /// A row that was a list of messages.
  struct Conversation {
    Index row = 0;
    std::vector<ChatMessage> messages{};
  };

  TextFormat format = TextFormat::plain;
  std::vector<std::string> rows;
  /// Rows that were conversations, which became lines "role: content". A model that was made for conversations knows
  /// them by the template of its own instead, see `rendered_by`.
  std::vector<Conversation> conversations{};
  bool is_rendered = false;  ///< whether a template has written special tokens out, so that none are to be added

  [[nodiscard]] Index size() const { return static_cast<Index>(rows.size()); }

  /// All rows joined. For plain text that is the file again, for WikiText the text of the usual evaluation.
  [[nodiscard]] std::string text() const { return join_rows(rows); }

  /// The same rows, but conversations as a model's template has them. The names that ShareGPT has for roles become
  /// user and assistant. Without conversations, nothing changes.
  /// @param where  names the text in errors
  /// @throws DataError naming the row that the template refuses; what else it throws
  [[nodiscard]] TextDataset rendered_by(const ChatRenderer& render, const std::string& where) const;

  /// The rows with these numbers, in this order, joined.
  [[nodiscard]] std::string text(std::span<const Index> numbers) const;
};

/// Takes the content of a file, UTF-8 with or without a byte order mark, apart into rows.
///
/// In running text "\r\n" and a lone "\r" become "\n", so that a file gives the same tokens wherever it was
/// written; JSON strings are taken as they are. JSON rows are strings; objects with a string `text`; conversations,
/// `messages` with `role` and `content` or, as ShareGPT has them, `conversations` with `from` and `value`; or Alpaca
/// examples (`instruction`, `output` and perhaps `input`), which are put into Alpaca's template. null is as absent.
///
/// @param path names the content in errors and, where no format is given, decides about it
/// (detect_text_format).
/// @throws FileError where the content is a table (Parquet, Arrow) or another kind of file (recognise_non_text), empty,
/// not UTF-8 or not valid JSON; DataError where a row has no usable text.
[[nodiscard]] TextDataset parse_text_dataset(std::string_view content, const std::filesystem::path& path,
                                             std::optional<TextFormat> format = std::nullopt);

/// Reads a file of text; formats and errors as for parse_text_dataset. A missing file is a FileError.
[[nodiscard]] TextDataset read_text_dataset(const std::filesystem::path& path,
                                            std::optional<TextFormat> format = std::nullopt);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/text_dataset.ipp>
#endif
