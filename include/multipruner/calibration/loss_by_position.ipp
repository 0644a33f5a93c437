// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <multipruner/calibration/loss_by_position.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE LossByPosition::LossByPosition(Index length) {
  for (Index end = length; end >= 2 * shortest; end /= 2) ranges_.push_back({{end / 2, end}, {}, {}});
  last_quarter_.positions = {length - length / 4, length};
}

MULTIPRUNER_INLINE void LossByPosition::add(std::span<const double> nll, std::span<const TokenId> labels) {
  if (nll.size() != labels.size() || static_cast<Index>(labels.size()) != last_quarter_.positions.second) {
    throw OptionError("losses by position",
                      std::to_string(nll.size()) + " losses and " + std::to_string(labels.size()) +
                          " labels are not those of a window of " + std::to_string(last_quarter_.positions.second),
                      "Give those of one whole window");
  }
  for (Range& range : ranges_) range.add(nll, labels);
  last_quarter_.add(nll, labels);
}

MULTIPRUNER_INLINE std::optional<LossClimb> LossByPosition::climb() const {
  constexpr double least = 0.2, standard_errors = 5;
  const Range* best = nullptr;
  for (const Range& range : ranges_) {
    if (range.total.count >= least_tokens && (!best || range.total.mean() < best->total.mean())) best = &range;
  }
  if (!best || last_quarter_.total.count < least_tokens) return std::nullopt;
  // The longest range that is about as good: which of several is the best is chance.
  for (const Range& range : ranges_) {
    const double error = std::sqrt(range.total.variance_of_mean() + best->total.variance_of_mean());
    const double about = best->total.mean() + std::max(least / 2, 2 * error);
    if (range.total.count < least_tokens || !(range.total.mean() <= about)) continue;
    best = &range;
    break;
  }
  const double more = last_quarter_.total.mean() - best->total.mean();
  const double error = std::sqrt(last_quarter_.total.variance_of_mean() + best->total.variance_of_mean());
  // Not so for NaN, either.
  if (!(more > least && more > standard_errors * error && in_most_windows(*best))) return std::nullopt;
  return LossClimb{best->positions.second, best->total.mean(), last_quarter_.total.mean()};
}

MULTIPRUNER_INLINE double LossByPosition::Sums::variance_of_mean() const {
  const double variance = squares / static_cast<double>(count) - mean() * mean();
  return std::max(variance, 0.0) / static_cast<double>(count);
}

MULTIPRUNER_INLINE void LossByPosition::Range::add(std::span<const double> nll, std::span<const TokenId> labels) {
  Sums window;
  for (Index i = positions.first; i < positions.second; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (labels[at] < 0) continue;
    ++window.count;
    window.sum += nll[at];
    window.squares += nll[at] * nll[at];
  }
  windows.push_back(window.mean());
  total.count += window.count;
  total.sum += window.sum;
  total.squares += window.squares;
}

MULTIPRUNER_INLINE bool LossByPosition::in_most_windows(const Range& best) const {
  std::size_t higher = 0;
  for (std::size_t i = 0; i < best.windows.size(); ++i) {
    if (last_quarter_.windows[i] > best.windows[i]) ++higher;
  }
  return 4 * higher >= 3 * best.windows.size();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
