#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/types.hpp>

namespace multipruner {

/// That a model loses more at the end of its windows than nearer to their beginning, although it has seen more there:
/// the windows are longer than what it was trained on.
struct LossClimb {
  Index works_until = 0;  ///< tokens a window that go well
  double best = 0;        ///< mean loss, in nats a token, in the second half of such a window
  double at_end = 0;      ///< the same in the last quarter of the windows that ran
};

/// Losses of tokens by their position in a window: of the second half of the window, of the second half of what is
/// before, and so on, and of the last quarter. Takes no memory for single tokens.
class LossByPosition {
 public:
  explicit LossByPosition(Index length) {
    for (Index end = length; end >= 2 * shortest; end /= 2) ranges_.push_back({{end / 2, end}, {}, {}});
    last_quarter_.positions = {length - length / 4, length};
  }

  /// Takes note of one window. @param nll  of the token behind each position @param labels  negative: does not count
  void add(std::span<const double> nll, std::span<const TokenId> labels) {
    for (Range& range : ranges_) range.add(nll, labels);
    last_quarter_.add(nll, labels);
  }

  /// Whether losses climb: by more than a fifth of a nat, more than five standard errors, and in at least three windows
  /// of four, so that neither a few hard tokens nor one hard page can look like it.
  [[nodiscard]] std::optional<LossClimb> climb() const {
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

 private:
  static constexpr Index shortest = 16;      ///< positions of the first range
  static constexpr Index least_tokens = 64;  ///< without which a mean says nothing

  struct Sums {
    Index count = 0;
    double sum = 0, squares = 0;

    [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }
    [[nodiscard]] double variance_of_mean() const {
      const double variance = squares / static_cast<double>(count) - mean() * mean();
      return std::max(variance, 0.0) / static_cast<double>(count);
    }
  };

  struct Range {
    std::pair<Index, Index> positions{};  ///< first, and behind the last
    Sums total{};
    std::vector<double> windows{};  ///< the mean of each; NaN where nothing counts

    void add(std::span<const double> nll, std::span<const TokenId> labels) {
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
  };

  [[nodiscard]] bool in_most_windows(const Range& best) const {
    std::size_t higher = 0;
    for (std::size_t i = 0; i < best.windows.size(); ++i) {
      if (last_quarter_.windows[i] > best.windows[i]) ++higher;
    }
    return 4 * higher >= 3 * best.windows.size();
  }

  std::vector<Range> ranges_;  ///< the last ones first
  Range last_quarter_;
};

}  // namespace multipruner
