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
  const Index count = windows.count(), least_parts = std::max<Index>(options.least_parts, 1);
  Index most = count;
  if (options.confidence) {  // conclusions from a part of the windows need windows drawn at random
    drawn_ = PythonRandom(options.seed).sample(count, count);
    windows_ = windows.select(drawn_);
    most = std::max<Index>(1, count / looks);
  }
  windows_per_group_ = (count + least_parts - 1) / least_parts;
  for (Index first = 0; first < count; first += windows_per_group_) {
    cut(first, std::min(first + windows_per_group_, count), options.rows_per_pass, most);
  }
  order_.resize(firsts_.size());
  std::iota(order_.begin(), order_.end(), Index{0});
  firsts_.push_back(windows_.count());
  for (Index part = 0; part < this->count(); ++part) most_rows_ = std::max(most_rows_, range(part).rows());
}

MULTIPRUNER_INLINE void WindowParts::cut(Index first, Index end, Index rows, Index most) {
  Index taken = 0;
  for (Index i = first; i < end; ++i) {
    const auto length = static_cast<Index>(windows_.window(i).size());
    const bool full = i == first || i - firsts_.back() >= most || taken + length > rows;
    if (full) firsts_.push_back(i);
    taken = full ? length : taken + length;
  }
}

MULTIPRUNER_INLINE std::vector<Index> WindowParts::some(double share) const {
  const Index groups = (windows() + windows_per_group_ - 1) / windows_per_group_;
  const auto wanted = static_cast<Index>(std::ceil(share * static_cast<double>(groups)));
  const Index number = std::clamp<Index>(wanted, 1, groups);
  std::vector<Index> parts;
  for (Index part = 0; part < count(); ++part) {
    const Index group = firsts_[static_cast<std::size_t>(part)] / windows_per_group_;
    // Of the groups every groups / number-th: those at which i · groups / number takes a new value.
    const bool chosen = (group * number + groups - 1) / groups * groups / number == group;
    if (chosen) parts.push_back(part);
  }
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
