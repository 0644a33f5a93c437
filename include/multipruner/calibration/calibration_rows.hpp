// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// The rows that a calibration takes, by their numbers in the data set (from 0), in the order it takes them.
struct CalibrationRows {
  std::vector<Index> block, width;

  friend bool operator==(const CalibrationRows&, const CalibrationRows&) = default;
};

/// Chooses the rows of both sets.
///
/// `first` takes all rows where more are asked for. The other samplings draw the width set first and the
/// block set second from one generator, Python's `random.Random(seed)`, as the released MultiPruner does; the
/// sets may overlap.
/// @param running_text whether the rows are the paragraphs of one text (is_running_text).
/// @throws OptionError for samples below 1, rows below 0, or where more rows are to be drawn than there are to draw
/// from.
[[nodiscard]] CalibrationRows choose_rows(Index rows, bool running_text, const CalibrationOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/calibration_rows.ipp>
#endif
