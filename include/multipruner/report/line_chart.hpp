// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// One line of a chart.
struct ChartLine {
  std::string name{};
  std::vector<std::pair<double, double>> points{};  ///< x and y, from left to right
};

/// A chart of lines over two axes, for people.
struct LineChart {
  std::string title{}, x_label{}, y_label{};
  std::vector<ChartLine> lines{};  ///< what is not finite in them is left out

  /// As a picture in SVG with a legend: every line has a colour and a mark of its
  /// own, which people with any colour vision tell apart (Okabe and Ito).
  [[nodiscard]] std::string svg() const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/line_chart.ipp>
#endif
