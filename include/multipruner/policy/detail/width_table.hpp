// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/width_genes.hpp>
#include <multipruner/policy/detail/width_knapsack.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Blocks that are narrowed one at a time, each to a few levels, to see what that costs.
class WidthTable {
 public:
  /// @param levels_of  by the groups that a gene may lose: those to measure, ascending from 0 to all of them
  WidthTable(const WidthGenes& genes, const std::function<std::vector<Index>(Index most)>& levels_of);

  /// What is to be measured: the widest one, and then all levels of one gene after the other.
  [[nodiscard]] const std::vector<Genome>& genomes() const { return genomes_; }

  /// What the levels of every gene, from 0 groups to all, add and remove: those between measured ones lie on straight
  /// lines. @param costs  of the genomes
  [[nodiscard]] std::vector<std::vector<WidthLevel>> levels(std::span<const double> costs) const;

 private:
  const WidthGenes& genes_;
  std::vector<std::vector<Index>> measured_{};  ///< levels of each gene
  std::vector<Genome> genomes_{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/width_table.ipp>
#endif
