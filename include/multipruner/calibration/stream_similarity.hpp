// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// How much a block, or a whole layer, changes the residual stream: sums over tokens x before it and y after it. In
/// double and in the order of the tokens, so that bits depend neither on threads nor on how windows are cut into parts.
struct StreamSimilarity {
  Index tokens = 0;
  Index windows = 0;
  double cosine = 0;  ///< Σ over tokens of ⟨x, y⟩ / (‖x‖ ‖y‖); 0.5 where one of them is zero
  double magnitude = 0;  ///< Σ over tokens of ‖y − x‖ / ‖y‖; where y is zero: 0 if x is zero, too, and otherwise 1
  double angle = 0;  ///< Σ over windows of arccos(cosine of the last token) / π

  /// Adds windows, stacked. @param batch  how the rows belong to them
  /// @throws OptionError where shapes disagree.
  void add(MatrixView<const float> before, MatrixView<const float> after, const SequenceBatch& batch);

  friend bool operator==(const StreamSimilarity&, const StreamSimilarity&) = default;

 private:
  struct Token {
    double cosine, magnitude;
  };

  static Token compare(const float* before, const float* after, Index columns);
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/stream_similarity.ipp>
#endif
