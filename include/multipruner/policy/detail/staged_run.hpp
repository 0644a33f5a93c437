// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/policy/cost_rule.hpp>
#include <multipruner/policy/plan_ratio.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/search/search_problem.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What a run of a policy counts as, of progress.
inline constexpr Index progress_units_of_run = 10000;

/// What a staged run goes by.
struct StagedRunRules {
  PlanScore score{};               ///< by which candidates are compared; or empty
  CostRule rule = CostRule::cost;  ///< by which they are where there is no score
  PlanRatio ratio_of{};            ///< what targets are of; empty: parameters
  PlanRatio removed_by_rule{};     ///< what the rule counts; empty: parameters
};

/// The state of one run of a policy that searches in stages: what was decided so far, how far that is from the target,
/// and what the progress sink is told.
class StagedRun {
 public:
  /// @param target  percent at which the last stage ends
  StagedRun(const RunContext& context, double target, StagedRunRules rules = {});

  /// Where the next stage starts.
  [[nodiscard]] const Plan& plan() const { return result_.plan; }

  /// Whether the last stage found nothing more to remove, and the target is not reached.
  [[nodiscard]] bool ran_out() const;

  /// What was decided reaches the target as nearly as can be.
  void accept() { result_.outcome = SearchOutcome::reached; }

  /// What a stage is to solve. Of use until the next call; the run must stay where it is.
  [[nodiscard]] SearchProblem problem(const std::string& stage, const std::string& samples, double threshold);

  /// Goes on from where the search of a stage arrived.
  void take(SearchResult found);

  [[nodiscard]] PruningResult finish() &&;

 private:
  [[nodiscard]] double ratio_of(const Plan& plan) const { return rules_.ratio_of(plan); }
  void note_step(const std::string& stage, const std::string& samples, const SearchStep& step);
  [[nodiscard]] double cost_now(const std::string& samples) const;
  [[nodiscard]] double cost_per_removed(double cost, const Plan& plan) const;
  void note_batch(const std::string& stage, const BatchState& batch);
  void report(double ratio);

  const RunContext& context_;
  ProgressScope progress_;
  double target_;
  StagedRunRules rules_;
  double cost_ = 0;     ///< of the plan that candidates go on from, on the windows of the stage; only where a rule asks
  double removed_ = 0;  ///< by that plan, as the rule counts
  double start_ = 0;
  double reached_ = 0;
  double gain_ = 0;  ///< of the last step of the stage: a guess at what the one under way will bring
  PruningResult result_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/staged_run.ipp>
#endif
