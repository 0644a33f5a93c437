// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tensor/matrix_view.hpp>

/// Triangular systems on views. Cholesky factors of a = uᵀ·u are kept as the upper triangular u: that is what the
/// memory of a column-major L with a = L·Lᵀ looks like. What lies below the diagonal of u is never read.
namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// to −= factor · from
void subtract_multiple(double* to, double factor, const double* from, Index count);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// Solves x·u = b in place, for every row of b, on one thread.
/// @param u  n × n, upper triangular @param x  rows × n, b before @throws OptionError where shapes disagree.
void solve_rows(MatrixView<const double> u, MatrixView<double> x);

/// Solves x·uᵀ = b in place, for every row of b, on one thread.
/// @param u  n × n, upper triangular @param x  rows × n, b before @throws OptionError where shapes disagree.
void solve_rows_transposed(MatrixView<const double> u, MatrixView<double> x);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/triangular.ipp>
#endif
