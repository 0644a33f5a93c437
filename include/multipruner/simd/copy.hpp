#pragma once

#include <multipruner/tensor/matrix.hpp>

namespace multipruner::simd {

/// Makes `target` a copy of rows of another matrix, with as many threads as help.
/// @returns the copy
/// Throws OptionError for rows that cannot be read.
MatrixView<float> copy(MatrixView<const float> rows, Matrix<float>& target);

}  // namespace multipruner::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/copy.ipp>
#endif
