#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/compensation/masked_ridge_columns.hpp>
#include <multipruner/compensation/ridge_columns.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>

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

inline void require_mask_of(const WeightMask& mask, const WeightMatrix& weight) {
  if (mask.rows() == weight.rows() && mask.columns() == weight.cols()) return;
  throw OptionError("mask",
                    "it is of " + std::to_string(mask.rows()) + " × " + std::to_string(mask.columns()) +
                        " weights, not of " + std::to_string(weight.rows()) + " × " + std::to_string(weight.cols()),
                    "Pass the one of the weight");
}

/// W_K + X, with X (G_KK + λI) = C where the mask keeps weights.
/// @param change  C, out × kept columns
inline MaskedRidgeColumns add_masked_change(const WeightMatrix& weight, WeightMatrix change, const WeightMask& mask,
                                            const Eigen::MatrixXd& gram, std::span<const Index> kept, double dampening,
                                            const MaskedSolveOptions& options) {
  Eigen::MatrixXd damped = select(gram, kept, kept);
  damped.diagonal().array() += dampening;
  const MaskedSolveOutcome outcome = solve_masked_rows(change, select_columns(mask, kept), damped, options);
  for (std::size_t j = 0; j < kept.size(); ++j) change.col(static_cast<Index>(j)) += weight.col(kept[j]);
  return {std::move(change), dampening, outcome};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE MaskedRidgeColumns masked_ridge_columns(const WeightMatrix& weight, const WeightMask& mask,
                                                           const Eigen::MatrixXd& gram, std::span<const Index> kept,
                                                           double ridge, const MaskedSolveOptions& options) {
  detail::require_gram_of(gram, weight.cols());
  detail::require_mask_of(mask, weight);
  const std::vector<Index> removed = detail::other_columns(kept, weight.cols());
  WeightMatrix dropped(weight.rows(), static_cast<Index>(removed.size()));
  for (std::size_t j = 0; j < removed.size(); ++j) dropped.col(static_cast<Index>(j)) = weight.col(removed[j]);
  const Eigen::MatrixXd from_gram = select(gram, kept, removed);  // stored by columns: removed × kept to a product
  WeightMatrix lacking = WeightMatrix::Zero(weight.rows(), static_cast<Index>(kept.size()));
  add_product(stored_rows(lacking), 1, stored_rows(dropped), stored_rows(from_gram));
  return detail::add_masked_change(weight, std::move(lacking), mask, gram, kept, dampening_of(gram, ridge), options);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
