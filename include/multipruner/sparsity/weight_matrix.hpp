// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// The weight of a linear layer (out × in) for computing with: row-major, so that the weights of an output lie
/// together.
using WeightMatrix = Matrix<double>;

/// A stored weight in double precision, exactly. @throws OptionError for a view that cannot be read.
[[nodiscard]] WeightMatrix to_weight_matrix(const WeightView& weight);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/weight_matrix.ipp>
#endif
