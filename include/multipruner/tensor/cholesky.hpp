// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// The Cholesky factor u of a = uᵀ·u, in place, on one thread; reads the upper triangle of a, and leaves garbage below
/// the diagonal. n³/3 multiplications and additions.
/// @returns false where a is not positive definite, to rounding. @throws OptionError where it is not square.
[[nodiscard]] bool factor_in_place(MatrixView<double> a);

/// The same in parallel, with the same bits.
[[nodiscard]] bool parallel_factor_in_place(MatrixView<double> a);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/cholesky.ipp>
#endif
