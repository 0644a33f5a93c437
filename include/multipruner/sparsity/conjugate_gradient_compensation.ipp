// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/conjugate_gradient_compensation.hpp>
#include <multipruner/sparsity/detail/masked_rows.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/tensor/times_symmetric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The change that removes the weights of a mask: −w where it removes them, 0 elsewhere.
[[nodiscard]] inline RowMajorMatrix removed_part(MatrixView<const double> weights, const WeightMask& mask,
                                                 Index first) {
  RowMajorMatrix change = RowMajorMatrix::Zero(weights.rows, weights.columns);
  for (Index row = 0; row < weights.rows; ++row) {
    for (Index j = 0; j < weights.columns; ++j) {
      if (mask.removed(first + row, j)) change(row, j) = -weights.row(row)[j];
    }
  }
  return change;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE CompensatedWeights ConjugateGradientCompensation::operator()(MatrixView<const double> weights,
                                                                                const WeightMask& mask,
                                                                                const DampedHessian& hessian) const {
  require_options();
  detail::require_operands(weights, mask, hessian);
  CompensatedWeights result;
  result.weights = copied(weights);
  const auto rows_in_all = static_cast<std::size_t>(weights.rows);
  result.row_loss.resize(rows_in_all);
  std::vector<char> converged(rows_in_all);
  detail::for_each_tile(weights.rows, [&](Index first, Index count) {
    RowMajorMatrix removal = detail::removed_part(weights.row_range(first, count), mask, first);
    RowMajorMatrix gradient = times_symmetric(removal, hessian.matrix());
    detail::MaskedRows rows(std::move(removal), std::move(gradient), mask, first, hessian.matrix());
    for (int i = 0; i < iterations && !rows.all_converged(tolerance); ++i) rows.iterate(tolerance);
    as_eigen(result.weights.view().row_range(first, count)) += rows.change();
    const Eigen::VectorXd loss = rows.loss();
    std::copy_n(loss.data(), count, result.row_loss.begin() + first);
    for (Index row = 0; row < count; ++row) {
      converged[static_cast<std::size_t>(first + row)] = rows.converged(row, tolerance);
    }
  });
  remove_masked(result.weights.view(), mask);
  for (std::size_t row = 0; row < converged.size(); ++row) {
    if (!converged[row]) result.unconverged_rows.push_back(static_cast<Index>(row));
  }
  return result;
}

MULTIPRUNER_INLINE void ConjugateGradientCompensation::require_options() const {
  if (iterations >= 0 && tolerance >= 0 && std::isfinite(tolerance)) return;
  throw OptionError(
      "conjugate gradients",
      std::to_string(iterations) + " iterations with tolerance " + std::to_string(tolerance) + " are not possible",
      "Give numbers that are not negative, e.g. 50 and 1e-4");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
