// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/gene_range.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What the loss of so many groups of one gene, and of nothing else, costs and brings.
struct WidthLevel {
  double added = 0;   ///< to the cost; what is not finite is never taken
  Index removed = 0;  ///< parameters
};

/// Costs of all levels of a gene from those of some, by straight lines between them.
/// @param measured  places among the levels, from 0 on to the last one, and what they add to the cost
[[nodiscard]] std::vector<double> interpolated(std::span<const Index> measured, std::span<const double> added);

/// The levels of all genes that remove at least so many parameters and whose costs have the lowest sum, by dynamic
/// programming over the parameters in 10,000 parts: exact for fewer, otherwise a little more is removed than must be.
/// @param genes  their levels, from 0 groups on @returns nothing where that many cannot be removed
[[nodiscard]] std::optional<Genome> cheapest_levels(std::span<const std::vector<WidthLevel>> genes, Index needed);

/// The same of those that remove no more than so many, counted in the largest number of parameters that all levels are
/// multiples of. Where that makes more than 10,000 parts, these are counted instead, and a little more may go than the
/// most: less than a part for each gene.
/// @returns nothing where no levels are between the two
[[nodiscard]] std::optional<Genome> cheapest_levels(std::span<const std::vector<WidthLevel>> genes, Index needed,
                                                    Index most);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/width_knapsack.ipp>
#endif
