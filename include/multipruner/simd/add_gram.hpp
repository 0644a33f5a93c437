// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// target += rowsᵀ · rows on and above the diagonal; what lies below may or may not be added to.
///
/// Products are summed in float32 over blocks of at most 384 rows, and these sums in double. An element depends only on
/// its two columns of `rows` and on its old value: its bits are the same however many threads run. At about 0.8 of the
/// rate of `linear`, for half the products.
///
/// @param rows  rows × n @param target  n × n
/// Throws OptionError where shapes disagree.
void add_gram(MatrixView<const float> rows, MatrixView<double> target);

/// target += aᵀ · b for two sets of as many rows, summed as in add_gram.
///
/// @param a  rows × m @param b  rows × n @param target  m × n
/// Throws OptionError where shapes disagree.
void add_cross_gram(MatrixView<const float> a, MatrixView<const float> b, MatrixView<double> target);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/add_gram.ipp>
#endif
