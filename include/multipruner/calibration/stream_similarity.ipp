// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

#include <multipruner/calibration/stream_similarity.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE void StreamSimilarity::add(MatrixView<const float> before, MatrixView<const float> after,
                                              const SequenceBatch& batch) {
  require_view(before, "stream similarity", "the stream before");
  require_view(after, "stream similarity", "the stream after");
  if (after.rows != before.rows || after.columns != before.columns || before.rows != batch.rows()) {
    throw OptionError("stream similarity",
                      std::to_string(before.rows) + " and " + std::to_string(after.rows) +
                          " rows are not the same windows of " + std::to_string(batch.rows()) + " in all",
                      "Add the rows of whole windows before and after a block");
  }
  std::vector<Token> all(static_cast<std::size_t>(before.rows));
  parallel_for(before.rows, [&](Index row) {
    all[static_cast<std::size_t>(row)] = compare(before.row(row), after.row(row), before.columns);
  });
  for (const Token& token : all) {
    cosine += token.cosine;
    magnitude += token.magnitude;
  }
  for (const Sequence& window : batch.sequences()) {
    if (window.rows == 0) continue;
    const Token& last = all[static_cast<std::size_t>(window.first_row + window.rows - 1)];
    angle += std::acos(std::clamp(last.cosine, -1.0, 1.0)) / std::numbers::pi;
    ++windows;
  }
  tokens += before.rows;
}

MULTIPRUNER_INLINE StreamSimilarity::Token StreamSimilarity::compare(const float* before, const float* after,
                                                                     Index columns) {
  double xx = 0, yy = 0, xy = 0, ff = 0;
  for (Index i = 0; i < columns; ++i) {
    const double x = before[i], y = after[i];
    xx += x * x;
    yy += y * y;
    xy += x * y;
    ff += (y - x) * (y - x);
  }
  return {.cosine = xx == 0 || yy == 0 ? 0.5 : xy / (std::sqrt(xx) * std::sqrt(yy)),
          .magnitude = yy == 0 ? (xx == 0 ? 0.0 : 1.0) : std::sqrt(ff / yy)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
