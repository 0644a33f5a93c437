// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// ½ δHδᵀ of the change of one row by its definition; n² multiplications.
[[nodiscard]] double change_loss(const double* before, const double* after, MatrixView<const double> hessian);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/change_loss.ipp>
#endif
