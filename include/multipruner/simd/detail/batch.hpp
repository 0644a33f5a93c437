// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <utility>

#include <xsimd/xsimd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The widest batch of floats of the architecture that is compiled for; everything else follows from it.
using Batch = xsimd::batch<float>;

inline constexpr Index lanes = static_cast<Index>(Batch::size);

/// The same bits as elements of another type. xsimd asked for the type of the batch first, and now for that of its
/// elements.
template <class To, class From>
[[nodiscard]] inline xsimd::batch<To> same_bits_as(const xsimd::batch<From>& x) {
  if constexpr (requires {
                  { xsimd::bitwise_cast<To>(x) } -> std::same_as<xsimd::batch<To>>;
                }) {
    return xsimd::bitwise_cast<To>(x);
  } else {
    return xsimd::bitwise_cast<xsimd::batch<To>>(x);
  }
}

[[nodiscard]] constexpr Index round_up(Index value, Index step) {
  return (value + step - 1) / step * step;
}
[[nodiscard]] constexpr Index ceil_divide(Index value, Index step) {
  return (value + step - 1) / step;
}

/// Calls f(0), …, f(Count − 1) with compile-time indices, so that arrays of batches indexed by them stay in
/// registers. For that, `f` has to be inlined, too, which compilers do not always see: hot ones ask for it.
template <Index Count, class F>
[[gnu::always_inline]] inline void unrolled(F&& f) {
  [&]<Index... I>(std::integer_sequence<Index, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<Index, I>{}), ...);
  }
  (std::make_integer_sequence<Index, Count>{});
}

/// The first `count` elements, the other lanes filled. An element meets the same arithmetic in a tail as in a
/// full batch.
[[nodiscard]] inline Batch load_first(const float* source, Index count, float fill = 0) {
  if (count >= lanes) return Batch::load_unaligned(source);
  alignas(64) std::array<float, Batch::size> padded;
  padded.fill(fill);
  std::memcpy(padded.data(), source, static_cast<std::size_t>(count) * sizeof(float));
  return Batch::load_aligned(padded.data());
}

/// Stores the first `count` lanes only.
inline void store_first(const Batch& batch, float* target, Index count) {
  if (count >= lanes) return batch.store_unaligned(target);
  alignas(64) std::array<float, Batch::size> padded;
  batch.store_aligned(padded.data());
  std::memcpy(target, padded.data(), static_cast<std::size_t>(count) * sizeof(float));
}

/// The sum of the lanes in a fixed order, in double.
[[nodiscard]] inline double sum_of_lanes(const Batch& batch) {
  alignas(64) std::array<float, Batch::size> values;
  batch.store_aligned(values.data());
  double sum = 0;
  for (const float value : values) sum += value;
  return sum;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
