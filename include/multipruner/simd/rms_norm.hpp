// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// Root mean square normalisation of every row: y = x / sqrt(mean(x²) + epsilon) · (offset + weight).
///
/// @param x       rows × columns
/// @param weight  1 × columns
/// @param y       rows × columns, may be x itself
/// Throws OptionError where shapes disagree. Source: Zhang and Sennrich, Root Mean Square Layer
/// Normalization, 2019.
void rms_norm(MatrixView<const float> x, const WeightView& weight, float epsilon, MatrixView<float> y,
              float offset = 0);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/rms_norm.ipp>
#endif
