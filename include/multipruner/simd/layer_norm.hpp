// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// Layer normalisation of every row: y = (x − mean(x)) / sqrt(var(x) + epsilon) · weight + bias. Sums are in double.
///
/// @param x       rows × columns
/// @param weight  1 × columns
/// @param bias    1 × columns, or empty
/// @param y       rows × columns, may be x itself
/// Throws OptionError where shapes disagree. Source: Ba, Kiros and Hinton, Layer Normalization, 2016.
void layer_norm(MatrixView<const float> x, const WeightView& weight, const WeightView& bias, float epsilon,
                MatrixView<float> y);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/layer_norm.ipp>
#endif
