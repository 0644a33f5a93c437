#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/conjugate_gradient_compensation.hpp>
#include <multipruner/sparsity/detail/masked_rows.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE CompensatedWeights ConjugateGradientCompensation::operator()(const WeightMatrix& weights,
                                                                                const WeightMask& mask,
                                                                                const DampedHessian& hessian) const {
  require_options();
  detail::require_operands(weights, mask, hessian);
  CompensatedWeights result;
  result.weights = weights;
  result.row_loss.resize(weights.rows());
  std::vector<char> converged(static_cast<std::size_t>(weights.rows()));
  detail::for_each_tile(weights.rows(), [&](Index first, Index count) {
    WeightMatrix removal = removed_part(weights.middleRows(first, count), mask, first);
    WeightMatrix gradient = times_symmetric(removal, hessian.matrix());
    detail::MaskedRows rows(std::move(removal), std::move(gradient), mask, first, hessian.matrix());
    for (int i = 0; i < iterations && !rows.all_converged(tolerance); ++i) rows.iterate(tolerance);
    result.weights.middleRows(first, count) += rows.change();
    result.row_loss.segment(first, count) = rows.loss();
    for (Index row = 0; row < count; ++row) {
      converged[static_cast<std::size_t>(first + row)] = rows.converged(row, tolerance);
    }
  });
  remove_masked(result.weights, mask);
  for (std::size_t row = 0; row < converged.size(); ++row) {
    if (!converged[row]) result.unconverged_rows.push_back(static_cast<Index>(row));
  }
  return result;
}

MULTIPRUNER_INLINE void ConjugateGradientCompensation::require_options() const {
  if (iterations >= 0 && tolerance >= 0 && std::isfinite(tolerance)) return;
  throw OptionError(
      "conjugate gradients",
      std::to_string(iterations) + " iterations with tolerance " + std::to_string(tolerance) + " cannot be",
      "Give numbers that are not negative, as 50 and 1e-4");
}

MULTIPRUNER_INLINE WeightMatrix ConjugateGradientCompensation::removed_part(const WeightMatrix& weights,
                                                                            const WeightMask& mask, Index first) {
  WeightMatrix change = WeightMatrix::Zero(weights.rows(), weights.cols());
  for (Index row = 0; row < weights.rows(); ++row) {
    for (Index j = 0; j < weights.cols(); ++j) {
      if (mask.removed(first + row, j)) change(row, j) = -weights(row, j);
    }
  }
  return change;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
