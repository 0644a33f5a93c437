#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <multipruner/simd/detail/exponential.hpp>

namespace multipruner::simd::detail {

inline constexpr float negative_infinity = -std::numeric_limits<float>::infinity();

/// The largest of `count` elements and `start`; a NaN may or may not be the result.
[[nodiscard]] inline float largest(const float* x, Index count, float start = negative_infinity) {
  Batch most(start);
  for (Index j = 0; j < count; j += lanes) most = xsimd::max(load_first(x + j, count - j, negative_infinity), most);
  alignas(64) std::array<float, Batch::size> values;
  most.store_aligned(values.data());
  return *std::max_element(values.begin(), values.end());
}

/// What is subtracted before exponentials are taken: the largest value, unless everything is −infinity so
/// far.
[[nodiscard]] inline float exponent_origin(float largest_value) {
  return largest_value == negative_infinity ? 0.0f : largest_value;
}

/// x = exp(x − origin) in place, and the sum of it. Adds in float32 by lane, in double over the lanes.
[[nodiscard]] inline double exponentiate(float* x, Index count, float origin) {
  Batch sum(0.0f);
  for (Index j = 0; j < count; j += lanes) {
    const Index left = count - j;
    const Batch power = exponential(load_first(x + j, left, negative_infinity) - Batch(origin));
    sum += power;
    store_first(power, x + j, left);
  }
  return sum_of_lanes(sum);
}

}  // namespace multipruner::simd::detail
