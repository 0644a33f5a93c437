// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/width_run.hpp>
#include <multipruner/policy/multi_pruner_evol_options.hpp>
#include <multipruner/search/nsga_ii.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// One run of MultiPrunerEvol, but for the search of its stages.
class EvolutionRun {
 public:
  /// @throws OptionError for options that cannot work for this model; DataError for samples that there are not
  EvolutionRun(const RunContext& context, const MultiPrunerEvolOptions& options);
  EvolutionRun(const EvolutionRun&) = delete;
  EvolutionRun& operator=(const EvolutionRun&) = delete;

  /// That of whole blocks, where the options have one.
  [[nodiscard]] const std::vector<StageInModel>& depth_stages() const { return run_.depth_stages(); }

  /// What remains after the steps that were taken.
  [[nodiscard]] const Plan& plan() const { return run_.plan(); }

  [[nodiscard]] SearchProblem depth_problem(const StageInModel& stage) { return run_.depth_problem(stage); }
  void take_blocks(SearchResult found) { run_.take_blocks(std::move(found)); }

  /// The blocks that are left are those whose widths are searched.
  void begin_widths();

  /// Stages that lead to the sequential plan, none where there is nothing to search. The last ones are for what the
  /// others leave undone, which mostly is nothing.
  [[nodiscard]] const std::vector<StageInModel>& width_stages() const { return widths_; }

  [[nodiscard]] const Plan& sequential_plan() const { return sequential_; }

  [[nodiscard]] SearchProblem width_problem(const StageInModel& stage);
  void take_widths(SearchResult found);

  /// Searches from the sequential plan and others.
  [[nodiscard]] PruningResult finish() &&;

 private:
  /// Plans that the sequential one is expected to take.
  [[nodiscard]] double sequential_plans() const;

  [[nodiscard]] std::vector<Genome> seeds();

  /// The plan that is the cheapest if what blocks add to the cost one by one also adds up.
  [[nodiscard]] std::optional<Genome> plan_of_sums();

  void evolve();

  /// Of all genomes that were measured.
  [[nodiscard]] std::vector<FrontPoint> front() const;

  const RunContext& context_;
  const MultiPrunerEvolOptions& options_;
  NarrowingOptions narrowing_;
  NsgaII search_;
  WidthRun run_;
  NumpyRandom random_;
  std::optional<WidthTable> table_{};
  std::vector<StageInModel> widths_{};
  Plan sequential_{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/evolution_run.ipp>
#endif
