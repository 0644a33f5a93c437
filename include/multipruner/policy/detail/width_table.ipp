// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/policy/detail/width_table.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE WidthTable::WidthTable(const WidthGenes& genes,
                                          const std::function<std::vector<Index>(Index most)>& levels_of)
    : genes_(genes), genomes_{genes.widest()} {
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    for (const Index level : measured_.emplace_back(levels_of(genes[gene].most))) {
      if (level == 0) continue;
      genomes_.push_back(genes.widest());
      genomes_.back()[gene] = level;
    }
  }
}

MULTIPRUNER_INLINE std::vector<std::vector<WidthLevel>> WidthTable::levels(std::span<const double> costs) const {
  std::vector<std::vector<WidthLevel>> genes;
  std::size_t next = 1;
  for (std::size_t gene = 0; gene < genes_.size(); ++gene) {
    std::vector<double> added{0};
    for (std::size_t i = 1; i < measured_[gene].size(); ++i) added.push_back(costs[next++] - costs.front());
    Genome single = genes_.widest();
    Index removed = 0;
    std::vector<WidthLevel>& all = genes.emplace_back();
    for (const double adds : interpolated(measured_[gene], added)) {
      all.push_back({adds, removed});
      if (single[gene] < genes_[gene].most) removed += genes_.parameters_of_group(single, gene);
      ++single[gene];
    }
  }
  return genes;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
