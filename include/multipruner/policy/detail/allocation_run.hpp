// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/allocation_options.hpp>
#include <multipruner/policy/detail/width_run.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// One run of Allocation, but for the search of whole blocks.
class AllocationRun {
 public:
  /// @throws OptionError for options that cannot work for this model; DataError for samples that there are not
  AllocationRun(const RunContext& context, const AllocationOptions& options);
  AllocationRun(const AllocationRun&) = delete;
  AllocationRun& operator=(const AllocationRun&) = delete;

  /// That of whole blocks, where the options have one.
  [[nodiscard]] const std::vector<StageInModel>& depth_stages() const { return run_.depth_stages(); }

  /// What remains after the steps that were taken.
  [[nodiscard]] const Plan& plan() const { return run_.plan(); }

  [[nodiscard]] SearchProblem depth_problem(const StageInModel& stage) { return run_.depth_problem(stage); }
  void take_blocks(SearchResult found) { run_.take_blocks(std::move(found)); }

  /// Searches the widths of the blocks that are left.
  [[nodiscard]] PruningResult finish() &&;

 private:
  /// Measures blocks one by one, and begins at what is best by that.
  void begin();

  /// The plan that is the cheapest if what blocks add to the cost one by one also adds up; else one whose blocks are
  /// narrowed alike.
  [[nodiscard]] Genome plan_of_sums();

  /// Switches levels until that brings nothing more, or the budget is spent.
  void improve();

  /// How many offspring the rest of the budget is enough for, with a finalist of them.
  [[nodiscard]] Index affordable_offspring() const;

  /// Genomes one switch away from the parent that it has not been compared with: half of them, and the odd one, those
  /// of the lowest sums in the table, the others in the order in which they were drawn.
  [[nodiscard]] std::vector<Genome> offspring(Index step, Index number);

  /// What a genome adds to the cost by the table; infinity where that is not finite.
  [[nodiscard]] double predicted(const Genome& genome) const;

  /// Evaluations.
  [[nodiscard]] double left() const { return static_cast<double>(options_.evaluations) - spent_; }

  /// Whether one of some genomes is cheaper than the parent, which it then is.
  [[nodiscard]] bool take_better_of(std::vector<Genome> genomes);

  /// Those that look cheapest on a share of the windows, and cheaper than the parent there; one in any case.
  [[nodiscard]] std::vector<Genome> finalists_of(std::vector<Genome> genomes);

  static constexpr Index for_good = std::numeric_limits<Index>::max();

  const AllocationOptions& options_;
  WidthRun run_;
  NumpyRandom random_;
  std::vector<std::vector<WidthLevel>> levels_{};  ///< of each gene
  Genome parent_{};                                ///< the cheapest so far, on target
  double cost_ = 0;                                ///< of it; infinity where it does not work
  Index parents_ = 1;                              ///< so far
  std::map<Genome, Index> compared_{};             ///< with which of the parents genomes were, the last one counts
  double spent_ = 0;                               ///< evaluations
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/allocation_run.ipp>
#endif
