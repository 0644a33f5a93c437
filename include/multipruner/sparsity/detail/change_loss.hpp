#pragma once

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// ½ δHδᵀ of one row by its definition; n² multiplications.
[[nodiscard]] double change_loss(const Eigen::RowVectorXd& change, const Eigen::MatrixXd& hessian);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/change_loss.ipp>
#endif
