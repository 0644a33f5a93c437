// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/exponential.hpp>
#include <multipruner/simd/detail/quads.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

inline constexpr float negative_infinity = -std::numeric_limits<float>::infinity();

/// Lane j is the largest of the elements j, j + lanes, …; −infinity where there is none. A NaN may or may not count.
[[nodiscard]] inline Batch largest_by_lane(const float* x, Index count) {
  Batch most(negative_infinity);
  for (Index j = 0; j < count; j += lanes) most = xsimd::max(load_first(x + j, count - j, negative_infinity), most);
  return most;
}

/// The largest of `count` elements; a NaN may or may not be the result.
[[nodiscard]] inline float largest(const float* x, Index count) {
  alignas(64) std::array<float, Batch::size> values;
  largest_by_lane(x, count).store_aligned(values.data());
  return *std::max_element(values.begin(), values.end());
}

/// What is subtracted before exponentials are taken: the largest value, unless everything is −infinity so far.
[[nodiscard]] inline Batch exponent_origin(const Batch& largest_values) {
  return xsimd::select(largest_values == Batch(negative_infinity), Batch(0.0f), largest_values);
}

/// x = exp(x − origin) in place, and the sums of the elements j, j + lanes, … by lane.
[[nodiscard]] inline Batch exponentiate_by_lane(float* x, Index count, const Batch& origin) {
  Batch sum(0.0f);
  for (Index j = 0; j < count; j += lanes) {
    const Index left = count - j;
    const Batch power = exponential(load_first(x + j, left, negative_infinity) - origin);
    sum += power;
    store_first(power, x + j, left);
  }
  return sum;
}

/// Combines the lanes of each of as many batches as they have lanes: lane i of the result belongs to rows[i]. In a
/// fixed order, the same for every row.
template <class Combine>
[[nodiscard]] Batch combine_lanes(const std::array<Batch, lanes>& rows, Combine&& combine) {
  alignas(64) std::array<std::array<float, lanes>, quads> partial;
  unrolled<quads>([&](auto q) {
    std::array<Batch, 4> m{rows[4 * q], rows[4 * q + 1], rows[4 * q + 2], rows[4 * q + 3]};
    transpose_quads(m);
    combine(combine(m[0], m[1]), combine(m[2], m[3])).store_aligned(partial[q].data());
  });
  const auto load = [&](Index quad) {
    std::array<const float*, quads> sources;
    unrolled<quads>([&](auto q) { sources[q] = partial[q].data() + 4 * quad; });
    return load_quads(sources);
  };
  Batch result = load(0);
  for (Index quad = 1; quad < quads; ++quad) result = combine(result, load(quad));
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
