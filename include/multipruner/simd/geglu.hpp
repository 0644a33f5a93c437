// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// gate = gelu(gate) · up element by element, where gelu(z) = z · Φ(z), Φ being the distribution function of the normal
/// distribution.
///
/// Both are rows × columns. Throws OptionError where shapes disagree, likewise below.
/// Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016; Shazeer, GLU Variants Improve Transformer, 2020.
void gelu_multiply(MatrixView<float> gate, MatrixView<const float> up);

/// The same with the approximation gelu(z) = z / 2 · (1 + tanh(sqrt(2 / π) · (z + 0.044715 z³))).
void gelu_tanh_multiply(MatrixView<float> gate, MatrixView<const float> up);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/geglu.ipp>
#endif
