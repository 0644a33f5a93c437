// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include <multipruner/core/python_random.hpp>
#include <multipruner/search/detail/window_parts.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE WindowParts::WindowParts(const TokenWindows& windows, const EvaluatorOptions& options)
    : windows_(windows) {
  require_windows(windows);
  const Index least_parts = std::max<Index>(options.least_parts, 1);
  Index most_windows = (windows.count() + least_parts - 1) / least_parts;
  if (options.confidence) {  // conclusions from a part of the windows need windows drawn at random
    drawn_ = PythonRandom(options.seed).sample(windows.count(), windows.count());
    windows_ = windows.select(drawn_);
    most_windows = std::min(most_windows, std::max<Index>(1, windows.count() / looks));
  }
  for (const WindowRange& part : passes_of(windows_, options.rows_per_pass, most_windows)) {
    firsts_.push_back(part.first);
    most_rows_ = std::max(most_rows_, part.rows());
  }
  order_.resize(firsts_.size());
  std::iota(order_.begin(), order_.end(), Index{0});
  firsts_.push_back(windows_.count());
}

MULTIPRUNER_INLINE std::vector<Index> WindowParts::some(double share) const {
  const auto wanted = static_cast<Index>(std::ceil(share * static_cast<double>(count())));
  const Index number = std::clamp<Index>(wanted, 1, count());
  std::vector<Index> parts;
  for (Index i = 0; i < number; ++i) parts.push_back(i * count() / number);
  return parts;
}

MULTIPRUNER_INLINE WindowRange WindowParts::range(Index part) const {
  const Index first = firsts_[static_cast<std::size_t>(part)];
  return {&windows_, first, firsts_[static_cast<std::size_t>(part + 1)] - first};
}

MULTIPRUNER_INLINE std::span<double> WindowParts::slice(std::vector<double>& costs, Index part) const {
  const WindowRange windows = range(part);
  return std::span(costs).subspan(static_cast<std::size_t>(windows.first), static_cast<std::size_t>(windows.count));
}

MULTIPRUNER_INLINE std::vector<double> WindowParts::in_order_of_set(const std::vector<double>& costs) const {
  if (drawn_.empty()) return costs;
  std::vector<double> ordered(costs.size());
  for (std::size_t i = 0; i < costs.size(); ++i) ordered[static_cast<std::size_t>(drawn_[i])] = costs[i];
  return ordered;
}

MULTIPRUNER_INLINE void WindowParts::measure_worst_first(std::vector<double> costs) {
  std::vector<double> mean;
  for (Index part = 0; part < count(); ++part) {
    const std::span<const double> of_part = slice(costs, part);
    const double sum = std::accumulate(of_part.begin(), of_part.end(), 0.0);
    mean.push_back(std::isfinite(sum) ? sum / static_cast<double>(of_part.size())
                                      : std::numeric_limits<double>::infinity());
  }
  std::ranges::sort(order_);
  std::ranges::stable_sort(order_, std::greater{}, [&](Index part) { return mean[static_cast<std::size_t>(part)]; });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
