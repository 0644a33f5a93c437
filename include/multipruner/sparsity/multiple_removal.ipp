// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/multiple_removal.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/select.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// For every row the first subset of one group that costs the least.
/// @param weights  of the group, out × M @param inverse  C of the group, M × M
[[nodiscard]] inline std::vector<std::uint16_t> cheapest_subsets(MatrixView<const double> weights,
                                                                 MatrixView<const double> inverse,
                                                                 const std::vector<std::vector<Index>>& subsets) {
  const auto rows = static_cast<std::size_t>(weights.rows);
  std::vector<double> lowest(rows, std::numeric_limits<double>::infinity());
  std::vector<std::uint16_t> choices(rows);
  for (std::size_t s = 0; s < subsets.size(); ++s) {
    const std::vector<Index>& subset = subsets[s];
    const auto size = static_cast<Index>(subset.size());
    // Any factor of the inverse of C_QQ will do: with C_QQ = LLᵀ the cost is half the square of L⁻¹ w_Q.
    Matrix<double> factor = select(inverse, subset, subset);
    if (!factor_in_place(factor.view())) continue;         // singular to rounding: another subset will do
    Matrix<double> columns = identity_matrix(size, size);  // of L⁻¹, each in a row
    solve_rows(factor.view(), columns.view());
    for (std::size_t row = 0; row < rows; ++row) {
      double cost = 0;
      for (Index i = 0; i < size; ++i) {
        double sum = 0;
        for (Index j = 0; j <= i; ++j) {
          sum += columns.view().row(j)[i] * weights.row(static_cast<Index>(row))[subset[static_cast<std::size_t>(j)]];
        }
        cost += 0.5 * sum * sum;
      }
      if (cost >= lowest[row]) continue;
      lowest[row] = cost;
      choices[row] = static_cast<std::uint16_t>(s);
    }
  }
  return choices;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE WeightMask MultipleRemoval::operator()(MatrixView<const double> weights,
                                                          const DampedHessian& hessian) const {
  require_pattern(pattern, weights.columns);
  detail::require_hessian(weights, hessian);
  const Index group = pattern.group;
  const std::vector<std::vector<Index>> subsets = all_subsets();
  const Index groups = weights.columns / group;

  // Columns of several groups share a word of the mask, and so it is written row by row.
  std::vector<std::vector<std::uint16_t>> choices(static_cast<std::size_t>(groups));
  parallel_for(groups, [&](Index g) {
    const Matrix<double> inverse = hessian.inverse_block(g * group, group);
    const Matrix<double> part = copied(weights.column_range(g * group, group));  // contiguous: it is read often
    choices[static_cast<std::size_t>(g)] = detail::cheapest_subsets(part.view(), inverse.view(), subsets);
  });
  WeightMask mask(weights.rows, weights.columns);
  parallel_for(weights.rows, [&](Index row) {
    for (Index g = 0; g < groups; ++g) {
      const std::uint16_t choice = choices[static_cast<std::size_t>(g)][static_cast<std::size_t>(row)];
      for (const Index j : subsets[choice]) mask.remove(row, g * group + j);
    }
  });
  return mask;
}

MULTIPRUNER_INLINE std::vector<std::vector<Index>> MultipleRemoval::all_subsets() const {
  const auto [removed, group] = pattern;
  std::vector<Index> subset;
  for (Index i = 0; i < removed; ++i) subset.push_back(i);
  std::vector<std::vector<Index>> subsets{subset};
  while (next_subset(subset, group)) {
    subsets.push_back(subset);
    if (subsets.size() <= max_subsets) continue;
    throw OptionError("sparsity pattern",
                      to_string(pattern) + " has more than " + std::to_string(max_subsets) + " subsets in a group",
                      "Choose the mask by single removals, or smaller groups");
  }
  return subsets;
}

MULTIPRUNER_INLINE bool MultipleRemoval::next_subset(std::vector<Index>& subset, Index group) {
  for (auto i = static_cast<Index>(subset.size()) - 1; i >= 0; --i) {
    const auto size = static_cast<Index>(subset.size());
    Index value = subset[static_cast<std::size_t>(i)] + 1;
    if (value + (size - 1 - i) >= group) continue;
    for (Index k = i; k < size; ++k) subset[static_cast<std::size_t>(k)] = value++;
    return true;
  }
  return false;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
