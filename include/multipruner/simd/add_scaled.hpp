// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// y += factor · x, element by element. Both are rows × columns.
/// Throws OptionError where shapes disagree.
void add_scaled(MatrixView<const float> x, float factor, MatrixView<float> y);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/add_scaled.ipp>
#endif
