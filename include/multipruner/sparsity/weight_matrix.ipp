// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE WeightMatrix to_weight_matrix(const WeightView& weight) {
  require_view(weight, "to_weight_matrix", "the weight");
  WeightMatrix copy(weight.rows, weight.columns);
  weight.visit([&](const auto matrix) {
    parallel_for(matrix.rows, [&](Index row) {
      for (Index column = 0; column < matrix.columns; ++column) {
        copy.view().row(row)[column] = static_cast<double>(to_float(matrix.row(row)[column]));
      }
    });
  });
  return copy;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
