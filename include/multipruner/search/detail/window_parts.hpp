#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/python_random.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::detail {

/// The windows of a set in the order in which they are measured, cut into the parts that run through a block together.
class WindowParts {
 public:
  WindowParts() = default;

  /// @throws DataError if there are no windows.
  WindowParts(const TokenWindows& windows, const EvaluatorOptions& options) : windows_(windows) {
    require_windows(windows);
    windows_per_part_ = std::max<Index>(1, options.rows_per_pass / windows.length);
    if (options.confidence) {
      draw(PythonRandom(options.seed).sample(windows.count(), windows.count()));
      windows_per_part_ = std::min(windows_per_part_, std::max<Index>(1, windows.count() / looks));
    }
    order_.resize(static_cast<std::size_t>((windows.count() + windows_per_part_ - 1) / windows_per_part_));
    std::iota(order_.begin(), order_.end(), Index{0});
  }

  [[nodiscard]] Index windows() const { return windows_.count(); }
  [[nodiscard]] Index count() const { return static_cast<Index>(order_.size()); }

  /// Which part comes when.
  [[nodiscard]] const std::vector<Index>& order() const { return order_; }

  [[nodiscard]] WindowRange range(Index part) const {
    const Index first = part * windows_per_part_;
    return {&windows_, first, std::min(windows_per_part_, windows_.count() - first)};
  }

  /// The slice of a part in costs of all windows.
  [[nodiscard]] std::span<double> slice(std::vector<double>& costs, Index part) const {
    const WindowRange windows = range(part);
    return std::span(costs).subspan(static_cast<std::size_t>(windows.first), static_cast<std::size_t>(windows.count));
  }

  /// Costs in the order of the set, which is part of the bits of their sum.
  [[nodiscard]] std::vector<double> in_order_of_set(const std::vector<double>& costs) const {
    if (drawn_.empty()) return costs;
    std::vector<double> ordered(costs.size());
    for (std::size_t i = 0; i < costs.size(); ++i) ordered[static_cast<std::size_t>(drawn_[i])] = costs[i];
    return ordered;
  }

  /// From now on, the parts come first that cost most here, so that bounds grow fast.
  void measure_worst_first(std::vector<double> costs) {
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

 private:
  /// With a confidence, plans are compared about so often while they are measured.
  static constexpr Index looks = 16;

  /// Conclusions from a part of the windows need windows drawn at random.
  void draw(std::vector<Index> order) {
    drawn_ = std::move(order);
    const TokenWindows given = windows_;
    auto next = windows_.tokens.begin();
    for (const Index window : drawn_) next = std::ranges::copy(given.window(window), next).out;
  }

  TokenWindows windows_;
  std::vector<Index> drawn_;  ///< which windows of the set they are; empty: as they are
  Index windows_per_part_ = 1;
  std::vector<Index> order_;
};

}  // namespace multipruner::detail
