// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/search/gene_range.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// An axis of a block, or of several that become narrower together, and how often a group of its channels can be taken
/// away.
struct WidthGene {
  std::vector<BlockAxis> axes{};  ///< of one name
  Index group = 1;                ///< channels, of each
  Index most = 0;                 ///< groups; something of the axis is left
};

/// Ratios, in percent, that are on target: both ends included.
struct RatioBand {
  double lowest = 0, highest = 0;

  [[nodiscard]] bool contains(double ratio) const { return ratio >= lowest && ratio <= highest; }
};

/// Plans that differ from one plan by the widths of its blocks, as genomes: for every axis of every block that may
/// become narrower, in the order of the residual stream, the groups that are gone. Blocks that stay alike have one
/// gene, where the first of them stands.
class WidthGenes {
 public:
  /// @param axes  what may become narrower: each with its name and its group, or the default one, and whether alike
  /// @param keep  blocks that stay as they are
  WidthGenes(const ModelConfig& config, Plan start, std::span<const StageSelector> axes, const ProtectedBlocks& keep);

  [[nodiscard]] std::size_t size() const { return genes_.size(); }
  [[nodiscard]] const WidthGene& operator[](std::size_t gene) const { return genes_[gene]; }
  [[nodiscard]] std::vector<GeneRange> ranges() const;

  /// The genome of the plan that all differ from; and of the one that is as narrow as can be.
  [[nodiscard]] Genome widest() const { return Genome(size(), 0); }
  [[nodiscard]] Genome narrowest() const;

  [[nodiscard]] Plan plan_of(const Genome& genome) const;

  /// Of a plan that is one of these.
  [[nodiscard]] Genome genome_of(const Plan& plan) const;

  /// What leads from the plan that all differ from to that of a genome.
  [[nodiscard]] Edit edit_to(const Genome& genome) const;

  /// What a genome's plan removes, in percent of the unpruned model's parameters: its `pruning_ratio`.
  [[nodiscard]] double ratio_of(const Genome& genome) const;

  /// Parameters that a genome's plan leaves.
  [[nodiscard]] Index parameters_of(const Genome& genome) const;

  /// Parameters that the next group of a gene would take away.
  [[nodiscard]] Index parameters_of_group(const Genome& genome, std::size_t gene) const;

  /// So many parameters in percent of the unpruned model's.
  [[nodiscard]] double percent(Index parameters) const;

  /// The ratio of a plan that leaves so many parameters.
  [[nodiscard]] double ratio_at(Index parameters) const;

  /// The ratios that are on target: as much above as one group of MLP channels may lead, or 0.1 percent.
  [[nodiscard]] RatioBand band_at(double target) const;

 private:
  /// Parameters of a block with the widths of a genome.
  [[nodiscard]] Index parameters_of_block(const Genome& genome, BlockId block) const;

  const ModelConfig& config_;
  Plan start_;
  Index unpruned_;
  std::vector<WidthGene> genes_;
};

/// One of some places, of which there is at least one.
[[nodiscard]] std::size_t drawn(const std::vector<std::size_t>& places, NumpyRandom& random);

/// Takes groups away, and puts some back, drawn at random, until a genome's plan is on target. Where single groups do
/// not lead there, it is above, as near as they lead, and where nothing reaches the target, the narrowest.
[[nodiscard]] Genome into_band(Genome genome, const WidthGenes& genes, const RatioBand& band, NumpyRandom& random);

/// All axes narrowed by the same share of their width, as little as reaches a ratio; the narrowest where nothing does.
[[nodiscard]] Genome uniform_genome(const WidthGenes& genes, double ratio);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/width_genes.ipp>
#endif
