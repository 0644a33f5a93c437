// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/all_finite.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE bool all_finite(MatrixView<const double> matrix) {
  require_view(matrix, "all_finite", "the matrix");
  std::atomic<bool> finite{true};
  parallel_for(matrix.rows, [&](Index row) {
    const Eigen::Map<const Eigen::VectorXd> entries(matrix.row(row), matrix.columns);
    if (!entries.allFinite()) finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
