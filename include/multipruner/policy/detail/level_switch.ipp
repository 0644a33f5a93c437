// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <multipruner/policy/detail/level_switch.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Takes groups of a gene away until a genome is on target, as long as none of them leads beyond it.
inline void narrow_to_band(Genome& genome, std::size_t gene, const WidthGenes& genes, const RatioBand& band) {
  Index parameters = genes.parameters_of(genome);
  while (genome[gene] < genes[gene].most && genes.ratio_at(parameters) < band.lowest) {
    parameters -= genes.parameters_of_group(genome, gene);
    if (genes.ratio_at(parameters) > band.highest) return;
    ++genome[gene];
  }
}

MULTIPRUNER_INLINE std::optional<Genome> switched(const Genome& genome, const WidthGenes& genes, const RatioBand& band,
                                                  Index step, NumpyRandom& random) {
  std::vector<std::size_t> narrowed;
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    if (genome[gene] > 0) narrowed.push_back(gene);
  }
  if (narrowed.empty()) return std::nullopt;
  const std::size_t wider = drawn(narrowed, random);
  Genome child = genome;
  child[wider] -= std::min(step, child[wider]);

  std::vector<std::size_t> open;
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    if (gene != wider && genome[gene] < genes[gene].most) open.push_back(gene);
  }
  if (!open.empty()) narrow_to_band(child, drawn(open, random), genes, band);
  child = into_band(std::move(child), genes, band, random);
  return child != genome && band.contains(genes.ratio_of(child)) ? std::optional(std::move(child)) : std::nullopt;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
