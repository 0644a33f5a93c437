// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// Widens a stored matrix to float32, exactly. `target` has the shape of `source`; they may not overlap.
///
/// Throws OptionError where shapes disagree.
void to_float(const WeightView& source, MatrixView<float> target);

/// Narrows float32 values to `dtype`, rounded to nearest even; values that fit come back exactly, NaN stays
/// NaN, and what is too large becomes infinity.
///
/// @param target  memory for source.size() elements of `dtype`, aligned for them; it may not overlap the source
/// Throws OptionError where that cannot be.
void from_float(std::span<const float> source, DType dtype, void* target);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/convert.ipp>
#endif
