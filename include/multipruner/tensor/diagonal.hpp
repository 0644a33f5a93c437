// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// The mean of the entries on the diagonal of a matrix that is not empty.
[[nodiscard]] double mean_of_diagonal(MatrixView<const double> matrix);

/// Adds to the entries on the diagonal of a matrix.
void add_to_diagonal(MatrixView<double> matrix, double value);

/// A copy of a matrix with something added to the entries on its diagonal.
[[nodiscard]] Matrix<double> plus_diagonal(MatrixView<const double> matrix, double value);

/// Ones on the diagonal, zeros elsewhere.
[[nodiscard]] Matrix<double> identity_matrix(Index rows, Index columns);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/diagonal.ipp>
#endif
