// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// Rotary position embedding, in place, of every head of every row, in the layout of Hugging Face ("rotate
/// half"): element j < n of a head is turned together with element j + n. n is head_dim / 2, or less where the tables
/// have fewer columns: the rest of a head then stays (partial rotary positions).
///
/// @param x          rows × (heads · head_dim)
/// @param positions  position of every row, an index into the rows of `cosines` and `sines`
/// @param cosines    positions × n, likewise `sines`
/// Throws OptionError where shapes disagree or a position lies outside of the tables.
/// Source: Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
void rotate(MatrixView<float> x, Index head_dim, std::span<const Index> positions, MatrixView<const float> cosines,
            MatrixView<const float> sines);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/rotary.ipp>
#endif
