// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// Rows of words under headings. The first column is set left, all others right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> headings) : rows_{std::move(headings)} {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// For a terminal, with a rule under the headings. Columns are two spaces apart.
  [[nodiscard]] std::string text() const;

  /// As Markdown.
  [[nodiscard]] std::string markdown() const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const;

  std::vector<std::vector<std::string>> rows_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/text_table.ipp>
#endif
