// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Calls `take(i)` for the `count` lowest of some scores, in the order of i; of equal scores the first ones are taken,
/// as a stable sort would do.
/// @param scratch is overwritten
template <class Take>
void for_lowest(std::span<const double> scores, Index count, std::vector<double>& scratch, Take&& take) {
  if (count <= 0) return;
  scratch.assign(scores.begin(), scores.end());
  const auto last = scratch.begin() + (count - 1);
  std::nth_element(scratch.begin(), last, scratch.end());
  const double threshold = *last;
  Index equal = count - std::count_if(scratch.begin(), last, [&](double score) { return score < threshold; });
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] < threshold || (scores[i] == threshold && equal-- > 0)) take(static_cast<Index>(i));
  }
}

/// Calls `take(i)`, in the order of i, for every score that is not above the one of that rank (0 for the lowest).
template <class Take>
void for_up_to_rank(std::span<const double> scores, Index rank, std::vector<double>& scratch, Take&& take) {
  scratch.assign(scores.begin(), scores.end());
  const auto limit = scratch.begin() + rank;
  std::nth_element(scratch.begin(), limit, scratch.end());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] <= *limit) take(static_cast<Index>(i));
  }
}

/// `for_lowest` for the few scores of a group, in the order of the scores. The taken scores are overwritten.
template <class Take>
void for_lowest_of_group(std::span<double> scores, Index count, Take&& take) {
  for (Index i = 0; i < count; ++i) {
    const auto lowest = std::min_element(scores.begin(), scores.end());
    take(static_cast<Index>(lowest - scores.begin()));
    *lowest = std::numeric_limits<double>::infinity();
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
