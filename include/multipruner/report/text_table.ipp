// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/io/utf8.hpp>
#include <multipruner/report/text_table.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline std::size_t width_of(const std::string& cell) {
  return static_cast<std::size_t>(count_characters(cell));
}

[[nodiscard]] inline std::string padded(const std::string& cell, std::size_t width, bool left) {
  const std::string space(width - std::min(width, width_of(cell)), ' ');
  return left ? cell + space : space + cell;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], detail::width_of(row[column]));
    }
  }
  return widths;
}

MULTIPRUNER_INLINE std::string TextTable::text() const {
  const std::vector<std::size_t> widths = this->widths();
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += (column == 0 ? "" : "  ") + detail::padded(row[column], widths[column], column == 0);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (&row != rows_.data()) continue;
    for (const std::size_t width : widths) text += std::string(width, '-') + "  ";
    text.replace(text.size() - 2, 2, "\n");
  }
  return text;
}

MULTIPRUNER_INLINE std::string TextTable::markdown() const {
  std::string text;
  for (const auto& row : rows_) {
    for (const std::string& cell : row) text += "| " + cell + " ";
    text += "|\n";
    if (&row != rows_.data()) continue;
    for (std::size_t column = 0; column < row.size(); ++column) text += column == 0 ? "|---" : "|---:";
    text += "|\n";
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
