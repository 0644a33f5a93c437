// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/calibration/last_tokens.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE void LastTokens::Rows::add(MatrixView<const float> rows, const SequenceBatch& batch) {
  require_view(rows, "last tokens", "the stream");
  if (rows.rows != batch.rows() || (!values.empty() && rows.columns != columns)) {
    throw OptionError("last tokens",
                      std::to_string(rows.rows) + " rows of " + std::to_string(rows.columns) +
                          " are not the windows of " + std::to_string(batch.rows()) + " in all",
                      "Add the rows of whole windows, all as wide as the stream at one place");
  }
  columns = rows.columns;
  for (const Sequence& window : batch.sequences()) {
    if (window.rows == 0) continue;
    const float* const last = rows.row(window.first_row + window.rows - 1);
    values.insert(values.end(), last, last + columns);
  }
}

MULTIPRUNER_INLINE MatrixView<const float> LastTokens::Rows::view() const {
  return {values.data(), columns == 0 ? 0 : static_cast<Index>(values.size()) / columns, columns};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
