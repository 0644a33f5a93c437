#pragma once

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The weight of a linear layer (out × in) for computing with: row-major, so that the weights of an output lie
/// together.
using WeightMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A stored weight in double precision, exactly.
[[nodiscard]] WeightMatrix to_weight_matrix(const WeightView& weight);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/weight_matrix.ipp>
#endif
