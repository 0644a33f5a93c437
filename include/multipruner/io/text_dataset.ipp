// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/io/chat_rows.hpp>
#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/table_file.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/io/text_rows.hpp>
#include <multipruner/io/utf8.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::string join_rows(std::span<const std::string> rows) {
  std::string text;
  for (const std::string& row : rows) {
    if (&row != rows.data()) text += "\n\n";
    text += row;
  }
  return text;
}

MULTIPRUNER_INLINE TextDataset TextDataset::rendered_by(const ChatRenderer& render, const std::string& where) const {
  TextDataset rendered = *this;
  for (Conversation& conversation : rendered.conversations) {
    for (ChatMessage& message : conversation.messages) message.role = detail::usual_role(message.role);
    try {
      rendered.rows.at(static_cast<std::size_t>(conversation.row)) = render(conversation.messages, false);
    } catch (const DataError& error) {
      throw DataError(where + ", row " + std::to_string(conversation.row) + " (counted from 0)", error.problem(),
                      error.remedy());
    }
    rendered.is_rendered = true;
  }
  return rendered;
}

MULTIPRUNER_INLINE std::string TextDataset::text(std::span<const Index> numbers) const {
  std::vector<std::string> selection;
  for (const Index number : numbers) selection.push_back(rows.at(static_cast<std::size_t>(number)));
  return join_rows(selection);
}

MULTIPRUNER_INLINE TextDataset parse_text_dataset(std::string_view content, const std::filesystem::path& path,
                                                  std::optional<TextFormat> format) {
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
    dataset.conversations = std::move(rows.conversations);
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

MULTIPRUNER_INLINE TextDataset read_text_dataset(const std::filesystem::path& path, std::optional<TextFormat> format) {
  return parse_text_dataset(MappedFile(path).text(), path, format);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
