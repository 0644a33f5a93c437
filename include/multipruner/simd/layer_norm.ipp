// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/layer_norm.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

inline void layer_norm_row(const float* x, const float* weight, const float* bias, Index count, double epsilon,
                           float* y) {
  double mean = 0, variance = 0;
  for (Index j = 0; j < count; ++j) mean += static_cast<double>(x[j]);
  mean /= static_cast<double>(count);
  for (Index j = 0; j < count; ++j) {
    const double deviation = static_cast<double>(x[j]) - mean;
    variance += deviation * deviation;
  }
  variance /= static_cast<double>(count);
  const auto scale = static_cast<float>(1 / std::sqrt(variance + epsilon)), centre = static_cast<float>(mean);
  for (Index j = 0; j < count; ++j) y[j] = (x[j] - centre) * scale * weight[j] + bias[j];
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void layer_norm(MatrixView<const float> x, const WeightView& weight, const WeightView& bias,
                                   float epsilon, MatrixView<float> y) {
  require_view(x, "layer_norm", "x");
  require_view(weight, "layer_norm", "the weight");
  require_view(y, "layer_norm", "y");
  if (bias) require_shape(bias, 1, x.columns, "layer_norm", "the bias");
  detail::require_equal(weight.size(), x.columns, "layer_norm", "the size of the weight");
  detail::require_equal(y.rows, x.rows, "layer_norm", "the row count of y");
  detail::require_equal(y.columns, x.columns, "layer_norm", "the column count of y");
  const AlignedBuffer<float> gain(x.columns), offset(x.columns);
  to_float(weight, {gain.data(), weight.rows, weight.columns});
  for (Index j = 0; j < x.columns; ++j) offset.data()[j] = 0;
  if (bias) to_float(bias, {offset.data(), 1, x.columns});
  detail::parallel_rows(x.rows, x.columns, [&](Index first, Index count) {
    for (Index i = first; i < first + count; ++i) {
      detail::layer_norm_row(x.row(i), gain.data(), offset.data(), x.columns, static_cast<double>(epsilon), y.row(i));
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
