// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>
#include <multipruner/policy/detail/staged_run.hpp>
#include <multipruner/policy/detail/width_genes.hpp>
#include <multipruner/policy/multi_pruner_evol_options.hpp>
#include <multipruner/search/nsga_ii.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A stage of the sequential plan, without the moves that lead beyond a ratio.
class BoundedStage {
 public:
  /// @param ratio_of  of a plan
  BoundedStage(StageInModel stage, double most, std::function<double(const Plan&)> ratio_of);

  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const;

  [[nodiscard]] const std::string& name() const { return stage_.name; }
  [[nodiscard]] double until() const { return stage_.until; }

 private:
  StageInModel stage_;
  double most_;
  std::function<double(const Plan&)> ratio_of_;
};

static_assert(SearchSpace<BoundedStage>);

/// One run of MultiPrunerEvol, but for the search of its stages.
class EvolutionRun {
 public:
  /// @throws OptionError for options that cannot work for this model; DataError for samples that there are not
  EvolutionRun(const RunContext& context, const MultiPrunerEvolOptions& options);
  EvolutionRun(const EvolutionRun&) = delete;
  EvolutionRun& operator=(const EvolutionRun&) = delete;

  /// That of whole blocks, where the options have one.
  [[nodiscard]] const std::vector<StageInModel>& depth_stages() const { return depth_; }

  /// What remains after the steps that were taken.
  [[nodiscard]] const Plan& plan() const { return steps_.plan(); }

  [[nodiscard]] SearchProblem depth_problem(const StageInModel& stage);
  void take_blocks(SearchResult found);

  /// The blocks that are left are those whose widths are searched.
  void begin_widths();

  /// Stages that lead to the sequential plan, none where there is nothing to search. The last ones are for what the
  /// others leave undone, which mostly is nothing.
  [[nodiscard]] const std::vector<BoundedStage>& width_stages() const { return widths_; }

  [[nodiscard]] const Plan& sequential_plan() const { return sequential_; }

  [[nodiscard]] SearchProblem width_problem(const BoundedStage& stage);
  void take_widths(SearchResult found);

  /// Searches from the sequential plan and others.
  [[nodiscard]] PruningResult finish() &&;

 private:
  /// A genome that was measured.
  struct Measured {
    Genome genome{};
    double cost = 0;
    double ratio = 0;
  };

  [[nodiscard]] double ratio_of(const Plan& plan) const;

  /// Whether the blocks that are left can be narrowed until the target is reached.
  [[nodiscard]] bool can_reach_target() const;

  /// Plans that the sequential one is expected to take.
  [[nodiscard]] double sequential_plans() const;

  /// Costs of genomes, of which each is measured once.
  [[nodiscard]] std::vector<double> costs_of(std::span<const Genome> genomes);

  /// The ratios that are on target: as much above as one group of MLP channels may lead.
  [[nodiscard]] RatioBand band_of(double target) const;

  [[nodiscard]] std::vector<Genome> seeds();

  /// The plan that is the cheapest if what blocks add to the cost one by one also adds up.
  [[nodiscard]] std::optional<Genome> plan_of_sums();
  [[nodiscard]] Index genomes_in_table() const;

  void evolve();

  /// The genome to go to, or nothing where none works: of those on target the cheapest, or else the nearest above it.
  [[nodiscard]] std::optional<Measured> choose();

  /// Where no genome that reaches the target works: what a greedy search finds that begins at the one nearest below it.
  [[nodiscard]] std::optional<Measured> narrowed_to_target();

  /// Of all genomes that were measured.
  [[nodiscard]] std::vector<FrontPoint> front() const;

  /// Goes to a genome, in one step; to none, where none works, with that outcome.
  void go_to(const std::optional<Measured>& chosen, SearchOutcome outcome);

  [[nodiscard]] SearchProblem problem_on_widths();
  void note_batch(const BatchState& batch);

  /// @param finished  plans of those that are expected
  void report(double finished);

  const RunContext& context_;
  const MultiPrunerEvolOptions& options_;
  NsgaII search_;
  std::vector<StageInModel> depth_;
  StagedRun steps_;
  double start_;  ///< ratio before the first step
  NumpyRandom random_;
  std::optional<WidthGenes> genes_{};
  RatioBand band_{};
  std::vector<BoundedStage> widths_{};
  Plan sequential_{};
  std::vector<Measured> measured_{};        ///< in the order of measuring
  std::map<Genome, std::size_t> places_{};  ///< among those
  std::string under_way_{};                 ///< for people
  double begun_ = 0;                        ///< ratio from which widths are searched
  double expected_ = 1;                     ///< plans of sequential plan, table and evolution
  double finished_ = 0;                     ///< of these
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/evolution_run.ipp>
#endif
