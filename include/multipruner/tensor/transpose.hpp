// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// target = sourceᵀ
/// @param target  n × m, in other memory than the source @param source  m × n
/// @throws OptionError where shapes disagree.
void transpose(MatrixView<const double> source, MatrixView<double> target);

/// A transposed copy.
[[nodiscard]] Matrix<double> transposed(MatrixView<const double> source);

/// Some columns of a weight as rows, bit for bit: those of the target lie one behind the other, `row_bytes` apart.
/// @throws OptionError for a view that cannot be read, columns that it lacks, or a target that is too small.
void transpose_columns(const WeightView& source, Index first, Index count, std::span<std::byte> target,
                       Index row_bytes);

/// Makes a matrix symmetric, in parallel: what lies above the diagonal is copied to below it.
/// @param matrix  n × n @throws OptionError where it is not square.
void mirror_upper_triangle(MatrixView<double> matrix);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/transpose.ipp>
#endif
