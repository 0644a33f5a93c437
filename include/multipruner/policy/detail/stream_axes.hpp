// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Σ x xᵀ over the rows x of a stream, in double, also of the products. The same bits for every number of threads.
[[nodiscard]] Matrix<double> second_moment(MatrixView<const float> stream);

/// The eigenvectors of M + damping · mean(diag M) · 1 as rows, by descending eigenvalue. Of each, the entry of the
/// largest magnitude is positive, and the first of several. @param moment  M, symmetric
[[nodiscard]] Matrix<double> principal_axes(MatrixView<const double> moment, double damping);

/// An orthogonal matrix drawn from all of them alike: Q of the QR decomposition of a matrix of normal numbers whose R
/// has a positive diagonal (F. Mezzadri, "How to generate random matrices from the classical compact groups", 2007).
[[nodiscard]] Matrix<double> random_orthogonal(Index size, NumpyRandom& random);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/stream_axes.ipp>
#endif
