// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

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
  /// @param length  of all windows
  explicit LossByPosition(Index length);

  /// Takes note of one window. @throws OptionError for another length. @param nll  of the token behind each position
  /// @param labels  negative: does not count
  void add(std::span<const double> nll, std::span<const TokenId> labels);

  /// Whether losses climb: by more than a fifth of a nat, more than five standard errors, and in at least three windows
  /// of four, so that neither a few hard tokens nor one hard page can look like it.
  [[nodiscard]] std::optional<LossClimb> climb() const;

 private:
  static constexpr Index shortest = 16;      ///< positions of the first range
  static constexpr Index least_tokens = 64;  ///< without which a mean says nothing

  struct Sums {
    Index count = 0;
    double sum = 0, squares = 0;

    [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }
    [[nodiscard]] double variance_of_mean() const;
  };

  struct Range {
    std::pair<Index, Index> positions{};  ///< first, and behind the last
    Sums total{};
    std::vector<double> windows{};  ///< the mean of each; NaN where nothing counts

    void add(std::span<const double> nll, std::span<const TokenId> labels);
  };

  [[nodiscard]] bool in_most_windows(const Range& best) const;

  std::vector<Range> ranges_;  ///< the last ones first
  Range last_quarter_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/loss_by_position.ipp>
#endif
