// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// Puts weights that were computed in double into a store, in the scalar type of a model: by float32 to the nearest.
/// What is too large for the type becomes infinity. @throws OptionError for a view that cannot be read.
[[nodiscard]] WeightView store_weights(WeightStore& store, MatrixView<const double> weights, DType dtype);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/store_weights.ipp>
#endif
