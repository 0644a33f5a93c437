#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner {

/// How much a block, or a whole layer, changes the residual stream: sums over tokens x before it and y after it. In
/// double and in the order of the tokens, so that bits depend neither on threads nor on how windows are cut into parts.
struct StreamSimilarity {
  Index tokens = 0;
  Index windows = 0;
  double cosine = 0;  ///< Σ over tokens of ⟨x, y⟩ / (‖x‖ ‖y‖); 0.5 where one of them is zero
  double magnitude = 0;  ///< Σ over tokens of ‖y − x‖ / ‖y‖; where y is zero: 0 if x is zero, too, and otherwise 1
  double angle = 0;  ///< Σ over windows of arccos(cosine of the last token) / π

  /// Adds whole windows of `window_length` tokens, stacked.
  /// @throws OptionError where shapes disagree or a window is not whole.
  void add(MatrixView<const float> before, MatrixView<const float> after, Index window_length) {
    require_view(before, "stream similarity", "the stream before");
    require_view(after, "stream similarity", "the stream after");
    if (after.rows != before.rows || after.columns != before.columns || window_length < 1 ||
        before.rows % window_length != 0) {
      throw OptionError("stream similarity",
                        std::to_string(before.rows) + " and " + std::to_string(after.rows) +
                            " rows are not the same whole windows of " + std::to_string(window_length),
                        "Add the rows of whole windows before and after a block");
    }
    std::vector<Token> all(static_cast<std::size_t>(before.rows));
    parallel_for(before.rows, [&](Index row) {
      all[static_cast<std::size_t>(row)] = compare(before.row(row), after.row(row), before.columns);
    });
    for (std::size_t row = 0; row < all.size(); ++row) {
      cosine += all[row].cosine;
      magnitude += all[row].magnitude;
      if ((static_cast<Index>(row) + 1) % window_length != 0) continue;
      angle += std::acos(std::clamp(all[row].cosine, -1.0, 1.0)) / std::numbers::pi;
      ++windows;
    }
    tokens += before.rows;
  }

  friend bool operator==(const StreamSimilarity&, const StreamSimilarity&) = default;

 private:
  struct Token {
    double cosine, magnitude;
  };

  static Token compare(const float* before, const float* after, Index columns) {
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
};

}  // namespace multipruner
