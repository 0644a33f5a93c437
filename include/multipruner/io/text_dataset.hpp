#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/table_file.hpp>
#include <multipruner/io/text_format.hpp>
#include <multipruner/io/text_rows.hpp>
#include <multipruner/io/utf8.hpp>

namespace multipruner {

/// Rows joined with a blank line, "\n\n": the one text that is tokenised.
[[nodiscard]] inline std::string join_rows(std::span<const std::string> rows) {
  std::string text;
  for (const std::string& row : rows) {
    if (&row != rows.data()) text += "\n\n";
    text += row;
  }
  return text;
}

/// Rows of text, in the order of their file, and the format they came in. Row numbers count from 0.
struct TextDataset {
  TextFormat format = TextFormat::plain;
  std::vector<std::string> rows;
  /// How many rows were conversations: lists of messages, which became lines "role: content" here. A model that was
  /// made for conversations knows them by the template of its own instead.
  Index conversations = 0;

  [[nodiscard]] Index size() const { return static_cast<Index>(rows.size()); }

  /// All rows joined. For plain text that is the file again, for WikiText the text of the usual evaluation.
  [[nodiscard]] std::string text() const { return join_rows(rows); }

  /// The rows with these numbers, in this order, joined.
  [[nodiscard]] std::string text(std::span<const Index> numbers) const {
    std::vector<std::string> selection;
    for (const Index number : numbers) selection.push_back(rows.at(static_cast<std::size_t>(number)));
    return join_rows(selection);
  }
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
[[nodiscard]] inline TextDataset parse_text_dataset(std::string_view content, const std::filesystem::path& path,
                                                    std::optional<TextFormat> format = std::nullopt) {
  const std::string where = path.string();
  detail::refuse_table_file(content, where);
  const auto invalid = find_invalid_utf8(content);
  if (const auto kind = recognise_non_text(content, !invalid)) {
    throw FileError(where, "is " + std::string(kind->what), std::string(kind->remedy));
  }
  if (const auto position = invalid) {
    const auto line = 1 + std::count(content.begin(), content.begin() + *position, '\n');
    throw FileError(where + ", line " + std::to_string(line),
                    "the byte at position " + std::to_string(*position) + " of the file is not UTF-8",
                    "Convert the file to UTF-8");
  }
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
  if (content.empty()) throw FileError(where, "the file is empty", "Give a file with text");

  TextDataset dataset{format ? *format : detect_text_format(path, content), {}};
  const auto take = [&](detail::JsonRows rows) {
    dataset.rows = std::move(rows.texts);
    dataset.conversations = rows.conversations;
  };
  switch (dataset.format) {
    case TextFormat::plain:
      dataset.rows = detail::split(detail::with_unix_line_ends(content), "\n\n");
      break;
    case TextFormat::wikitext:
      dataset.rows = detail::wikitext_rows(detail::with_unix_line_ends(content));
      break;
    case TextFormat::json_lines:
      take(detail::json_lines_rows(content, where));
      break;
    case TextFormat::json_array:
      take(detail::json_array_rows(content, where));
      break;
  }
  if (dataset.rows.empty()) throw FileError(where, "the file holds no rows", "Give a file with text");
  return dataset;
}

/// Reads a file of text; formats and errors as for parse_text_dataset. A missing file is a FileError.
[[nodiscard]] inline TextDataset read_text_dataset(const std::filesystem::path& path,
                                                   std::optional<TextFormat> format = std::nullopt) {
  return parse_text_dataset(MappedFile(path).text(), path, format);
}

}  // namespace multipruner
