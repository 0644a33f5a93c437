// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// Makes `target` a copy of rows of another matrix, with as many threads as help.
/// @returns the copy
/// Throws OptionError for rows that cannot be read.
MatrixView<float> copy(MatrixView<const float> rows, Matrix<float>& target);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/copy.ipp>
#endif
