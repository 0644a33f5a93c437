// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/simd/detail/reduce.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The vocabulary is cut at fixed places: into chunks, one a task, and these into tiles, of which the logits exist.
inline constexpr Index vocabulary_tile = 256, vocabulary_chunk = 8 * vocabulary_tile;

/// log Σ exp of values that arrive piece by piece, kept as the largest value and Σ exp(value − largest).
struct LogSumExp {
  float max = negative_infinity;
  double sum = 0;

  void add(const LogSumExp& other) {
    const float both = std::max(max, other.max);
    sum = sum * scale_to(both) + other.sum * other.scale_to(both);
    max = both;
  }

  [[nodiscard]] double value() const { return static_cast<double>(max) + std::log(sum); }

  /// What makes sums of exp(value − largest) ones of exp(value − origin).
  [[nodiscard]] double scale_to(float origin) const {
    return sum == 0 ? 0 : std::exp(static_cast<double>(max) - static_cast<double>(origin));
  }
};

/// Destroys the logits: they become exp(logit − largest).
[[nodiscard]] inline LogSumExp log_sum_exp(float* logits, Index count) {
  const float max = largest(logits, count);
  return {max, sum_of_lanes(exponentiate_by_lane(logits, count, exponent_origin(Batch(max))))};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
