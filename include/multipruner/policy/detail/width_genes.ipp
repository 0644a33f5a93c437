// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/width_genes.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE WidthGenes::WidthGenes(const ModelConfig& config, Plan start, std::span<const StageSelector> axes,
                                          const ProtectedBlocks& keep)
    : config_(config), start_(std::move(start)), unpruned_(count_parameters(config)) {
  std::map<std::string, std::size_t> alike;  // genes, by the names of their axes
  for (Index position = 0; position < start_.num_blocks(); ++position) {
    const BlockId block{position};
    if (start_.removed(block) || contains(keep, block)) continue;
    const Kind& kind = config.blocks[block].kind();
    for (std::size_t axis = 0; axis < kind.axes.size(); ++axis) {
      const auto named = std::ranges::find(axes, kind.axes[axis].name, &StageSelector::axis);
      if (named == axes.end()) continue;
      const Index group = named->group.value_or(default_group(config, named->axis));
      const Index most = (start_.choice(block)[axis] - 1) / group;  // as WidthReduction leaves something of each
      const auto known = alike.find(named->axis);
      if (known == alike.end()) {
        if (named->alike) alike.emplace(named->axis, genes_.size());
        genes_.push_back({{{block, axis}}, group, most});
      } else {
        WidthGene& gene = genes_[known->second];
        gene.axes.push_back({block, axis});
        gene.most = std::min(gene.most, most);
      }
    }
  }
  std::erase_if(genes_, [](const WidthGene& gene) { return gene.most <= 0; });
}

MULTIPRUNER_INLINE std::vector<GeneRange> WidthGenes::ranges() const {
  std::vector<GeneRange> ranges;
  for (const WidthGene& gene : genes_) ranges.push_back({0, gene.most});
  return ranges;
}

MULTIPRUNER_INLINE Genome WidthGenes::narrowest() const {
  Genome genome;
  for (const WidthGene& gene : genes_) genome.push_back(gene.most);
  return genome;
}

MULTIPRUNER_INLINE Plan WidthGenes::plan_of(const Genome& genome) const {
  return apply(edit_to(genome), start_);
}

MULTIPRUNER_INLINE Genome WidthGenes::genome_of(const Plan& plan) const {
  Genome genome;
  for (const auto& [axes, group, most] : genes_) {
    genome.push_back((start_.width(axes.front()) - plan.width(axes.front())) / group);
  }
  return genome;
}

MULTIPRUNER_INLINE Edit WidthGenes::edit_to(const Genome& genome) const {
  std::map<Index, Choice> choices;  // of blocks by their positions
  for (std::size_t gene = 0; gene < genes_.size(); ++gene) {
    if (genome[gene] == 0) continue;
    for (const auto& [block, axis] : genes_[gene].axes) {
      const auto choice = choices.try_emplace(block.position, start_.choice(block)).first;
      choice->second[axis] -= genome[gene] * genes_[gene].group;
    }
  }
  std::vector<BlockChoice> changes;
  for (const auto& [position, choice] : choices) changes.push_back({{position}, choice});
  return Edit(std::move(changes));
}

MULTIPRUNER_INLINE double WidthGenes::ratio_of(const Genome& genome) const {
  return ratio_at(parameters_of(genome));
}

MULTIPRUNER_INLINE Index WidthGenes::parameters_of(const Genome& genome) const {
  return count_parameters(config_, plan_of(genome));
}

MULTIPRUNER_INLINE Index WidthGenes::parameters_of_group(const Genome& genome, std::size_t gene) const {
  Genome narrower = genome;
  ++narrower[gene];
  Index parameters = 0;
  for (const BlockAxis& axis : genes_[gene].axes) {
    parameters += parameters_of_block(genome, axis.block) - parameters_of_block(narrower, axis.block);
  }
  return parameters;
}

MULTIPRUNER_INLINE double WidthGenes::percent(Index parameters) const {
  return static_cast<double>(parameters) / static_cast<double>(unpruned_) * 100.0;
}

MULTIPRUNER_INLINE double WidthGenes::ratio_at(Index parameters) const {
  return (1.0 - static_cast<double>(parameters) / static_cast<double>(unpruned_)) *
         100.0;  // as pruning_ratio, bit for bit
}

MULTIPRUNER_INLINE RatioBand WidthGenes::band_at(double target) const {
  double width = 0.1;
  for (std::size_t gene = 0; gene < size(); ++gene) {
    const BlockAxis& axis = genes_[gene].axes.front();
    if (config_.blocks[axis.block].kind().axes[axis.axis].name != GatedMlp::axes[0].name) continue;
    width = std::max(width, percent(parameters_of_group(widest(), gene)));
  }
  return {target, target + width * (1 + 1e-9)};  // a group more than just below the target is in it, rounded or not
}

MULTIPRUNER_INLINE Index WidthGenes::parameters_of_block(const Genome& genome, BlockId block) const {
  Choice choice = start_.choice(block);
  for (std::size_t gene = 0; gene < genes_.size(); ++gene) {
    for (const BlockAxis& axis : genes_[gene].axes) {
      if (axis.block == block) choice[axis.axis] -= genome[gene] * genes_[gene].group;
    }
  }
  return config_.blocks[block].count_parameters(choice);
}

MULTIPRUNER_INLINE std::size_t drawn(const std::vector<std::size_t>& places, NumpyRandom& random) {
  const auto i = static_cast<std::size_t>(random.uniform() * static_cast<double>(places.size()));
  return places[std::min(i, places.size() - 1)];
}

MULTIPRUNER_INLINE Genome into_band(Genome genome, const WidthGenes& genes, const RatioBand& band,
                                    NumpyRandom& random) {
  Index parameters = genes.parameters_of(genome);
  std::vector<std::size_t> open;
  while (genes.ratio_at(parameters) < band.lowest) {
    open.clear();
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      if (genome[gene] < genes[gene].most) open.push_back(gene);
    }
    if (open.empty()) return genome;
    const std::size_t gene = drawn(open, random);
    parameters -= genes.parameters_of_group(genome, gene);
    ++genome[gene];
  }
  while (genes.ratio_at(parameters) > band.highest) {
    open.clear();
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      if (genome[gene] == 0) continue;
      Genome wider = genome;
      --wider[gene];
      if (genes.ratio_at(parameters + genes.parameters_of_group(wider, gene)) >= band.lowest) open.push_back(gene);
    }
    if (open.empty()) return genome;
    const std::size_t gene = drawn(open, random);
    --genome[gene];
    parameters += genes.parameters_of_group(genome, gene);
  }
  return genome;
}

MULTIPRUNER_INLINE Genome uniform_genome(const WidthGenes& genes, double ratio) {
  constexpr Index shares = 256;
  for (Index share = 0; share < shares; ++share) {
    Genome genome;
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      const Index values = genes[gene].most + 1;  // of which the widest has the first
      genome.push_back(std::min((share * values + shares / 2) / shares, genes[gene].most));
    }
    if (genes.ratio_of(genome) >= ratio) return genome;
  }
  return genes.narrowest();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
