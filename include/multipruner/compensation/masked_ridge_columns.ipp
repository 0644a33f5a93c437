// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/compensation/masked_ridge_columns.hpp>
#include <multipruner/compensation/ridge_columns.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/select.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The columns of a mask that are kept.
inline WeightMask select_columns(const WeightMask& mask, std::span<const Index> kept) {
  WeightMask result(mask.rows(), static_cast<Index>(kept.size()));
  parallel_for(mask.rows(), [&](Index row) {
    for (std::size_t j = 0; j < kept.size(); ++j) {
      if (mask.removed(row, kept[j])) result.remove(row, static_cast<Index>(j));
    }
  });
  return result;
}

inline void require_mask_of(const WeightMask& mask, MatrixView<const double> weight) {
  require_view(weight, "mask", "the weight");
  if (mask.rows() == weight.rows && mask.columns() == weight.columns) return;
  throw OptionError("mask",
                    "it is of " + std::to_string(mask.rows()) + " × " + std::to_string(mask.columns()) +
                        " weights, not of " + std::to_string(weight.rows) + " × " + std::to_string(weight.columns),
                    "Pass the one of the weight");
}

/// W_K + X, with X (G_KK + λI) = C where the mask keeps weights.
/// @param change  C, out × kept columns
inline MaskedRidgeColumns add_masked_change(MatrixView<const double> weight, WeightMatrix change,
                                            const WeightMask& mask, MatrixView<const double> gram,
                                            std::span<const Index> kept, double damping,
                                            const MaskedSolveOptions& options) {
  Matrix<double> damped = select(gram, kept, kept);
  add_to_diagonal(damped.view(), damping);
  const MaskedSolveOutcome outcome =
      solve_masked_rows(change.view(), select_columns(mask, kept), damped.view(), options);
  as_eigen(change.view()) += as_eigen(multipruner::select_columns(weight, kept).view());
  return {std::move(change), damping, outcome};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

MULTIPRUNER_INLINE MaskedRidgeColumns masked_ridge_columns(MatrixView<const double> weight, const WeightMask& mask,
                                                           MatrixView<const double> gram, std::span<const Index> kept,
                                                           double ridge, const MaskedSolveOptions& options) {
  detail::require_gram_of(gram, weight.columns);
  detail::require_mask_of(mask, weight);
  const std::vector<Index> removed = detail::other_columns(kept, weight.columns);
  WeightMatrix lacking = product(select_columns(weight, removed).view(), select(gram, removed, kept).view());
  return detail::add_masked_change(weight, std::move(lacking), mask, gram, kept, damping_of(gram, ridge), options);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
