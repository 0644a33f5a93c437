// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// gate = silu(gate) · up element by element, where silu(z) = z / (1 + exp(−z)).
///
/// Both are rows × columns. Throws OptionError where shapes disagree.
/// Source: Shazeer, GLU Variants Improve Transformer, 2020.
void silu_multiply(MatrixView<float> gate, MatrixView<const float> up);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/swiglu.ipp>
#endif
