// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <variant>
#include <vector>

#include <multipruner/sparsity/detail/lowest_mask.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/single_removal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE WeightMask SingleRemoval::operator()(MatrixView<const double> weights,
                                                        const DampedHessian& hessian) const {
  detail::require_hessian(weights, hessian);
  std::vector<double> diagonal = hessian.inverse_diagonal();
  for (double& entry : diagonal) entry *= 2;
  const auto score = [&](double weight, Index j) { return weight * weight / diagonal[static_cast<std::size_t>(j)]; };
  const auto* const unstructured = std::get_if<Unstructured>(&pattern);
  if (!joint_block || unstructured == nullptr) return detail::lowest_of_rows(weights, pattern, score);

  detail::require_block(*joint_block);
  require_pattern(pattern, weights.columns);
  WeightMask mask(weights.rows, weights.columns);
  std::vector<double> scratch;
  for (Index first = 0; first < weights.columns; first += *joint_block) {
    const Index size = std::min(*joint_block, weights.columns - first);
    const auto scores = detail::scores_of_block(weights, first, size, score);
    const Index count = removed_count(*unstructured, static_cast<Index>(scores.size()));
    detail::for_lowest(scores, count, scratch, [&](Index i) { mask.remove(i / size, first + i % size); });
  }
  return mask;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
