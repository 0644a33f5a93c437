// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/batch.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Adds in float32 by lane, in double over the lanes.
inline double sum_of_squares(const float* x, Index count) {
  constexpr Index chains = 4;  // independent, because one would wait for each of its own additions
  std::array<Batch, chains> sums;
  sums.fill(Batch(0.0f));
  for (Index j = 0; j < count; j += chains * lanes) {
    unrolled<chains>([&](auto i) {
      const Index at = std::min(j + i * lanes, count);
      const Batch value = load_first(x + at, count - at);
      sums[i] = xsimd::fma(value, value, sums[i]);
    });
  }
  return sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

inline void scale_row(const float* x, const float* weight, float scale, Index count, float* y) {
  for (Index j = 0; j < count; j += lanes) {
    const Index left = count - j;
    store_first(load_first(x + j, left) * Batch(scale) * load_first(weight + j, left), y + j, left);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void rms_norm(MatrixView<const float> x, const WeightView& weight, float epsilon,
                                 MatrixView<float> y, float offset) {
  require_view(x, "rms_norm", "x");
  require_view(weight, "rms_norm", "the weight");
  require_view(y, "rms_norm", "y");
  detail::require_equal(weight.size(), x.columns, "rms_norm", "the size of the weight");
  detail::require_equal(y.rows, x.rows, "rms_norm", "the row count of y");
  detail::require_equal(y.columns, x.columns, "rms_norm", "the column count of y");
  const AlignedBuffer<float> gain(x.columns);
  to_float(weight, {gain.data(), weight.rows, weight.columns});
  if (offset != 0) {
    for (Index j = 0; j < x.columns; ++j) gain.data()[j] += offset;
  }
  detail::parallel_rows(x.rows, x.columns, [&](Index first, Index count) {
    for (Index i = first; i < first + count; ++i) {
      const double mean = detail::sum_of_squares(x.row(i), x.columns) / static_cast<double>(x.columns);
      const auto scale = static_cast<float>(1 / std::sqrt(mean + static_cast<double>(epsilon)));
      detail::scale_row(x.row(i), gain.data(), scale, x.columns, y.row(i));
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
