// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/rounded.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>
#include <multipruner/policy/detail/staged_run.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE StagedRun::StagedRun(const RunContext& context, double target, StagedRunRules rules)
    : context_(context),
      progress_(context.progress, "pruning", progress_units_of_run),
      target_(target),
      rules_(std::move(rules)) {
  rules_.ratio_of = ratio_or_parameters(std::move(rules_.ratio_of), context.graph.config());
  rules_.removed_by_rule = ratio_or_parameters(std::move(rules_.removed_by_rule), context.graph.config());
  result_.plan = Plan(context.graph);
  start_ = ratio_of(result_.plan);
}

MULTIPRUNER_INLINE SearchProblem StagedRun::problem(const std::string& stage, const std::string& samples,
                                                    double threshold) {
  reached_ = ratio_of(result_.plan);
  gain_ = 0;
  if (rules_.rule == CostRule::cost_per_removed) {
    if (reached_ < threshold) cost_ = cost_now(samples);
    removed_ = rules_.removed_by_rule(result_.plan);
    rules_.score = [this](double cost, const Plan& plan) { return cost_per_removed(cost, plan); };
  }
  SearchProblem problem;
  problem.target = threshold;
  problem.ratio_of = [this](const Plan& plan) { return ratio_of(plan); };
  problem.score = rules_.score;
  problem.costs = [this, stage, samples](std::span<const Plan> plans, bool only_cheapest) {
    const auto on_batch = [this, &stage](const BatchState& batch) { note_batch(stage, batch); };
    return context_.objective.costs(
        plans, {.samples = samples, .only_cheapest = only_cheapest, .score = rules_.score, .on_batch = on_batch});
  };
  problem.estimates = [this, stage, samples](std::span<const Plan> plans, double share) {
    const auto on_batch = [this, &stage](const BatchState& batch) { note_batch(stage, batch); };
    std::vector<double> estimates;
    const CostRequest request{.samples = samples, .share = share, .on_batch = on_batch};
    for (const PlanCost& cost : context_.objective.costs(plans, request)) estimates.push_back(cost.value);
    return estimates;
  };
  problem.on_step = [this, stage, samples](const SearchStep& step) { note_step(stage, samples, step); };
  return problem;
}

MULTIPRUNER_INLINE bool StagedRun::ran_out() const {
  return result_.outcome == SearchOutcome::no_candidate && ratio_of(result_.plan) < target_;
}

MULTIPRUNER_INLINE void StagedRun::take(SearchResult found) {
  result_.plan = std::move(found.plan);
  result_.outcome = found.outcome;
}

MULTIPRUNER_INLINE PruningResult StagedRun::finish() && {
  result_.ratio = pruning_ratio(context_.graph.config(), result_.plan);
  return std::move(result_);
}

MULTIPRUNER_INLINE double StagedRun::cost_now(const std::string& samples) const {
  const std::vector<Plan> plans{result_.plan};
  return context_.objective.costs(plans, {.samples = samples}).front().value;
}

/// Above the plan that candidates go on from, for each percent of what the rule counts. What removes nothing of that is
/// no bargain, whatever it costs.
MULTIPRUNER_INLINE double StagedRun::cost_per_removed(double cost, const Plan& plan) const {
  constexpr double least = 1e-9;
  return (cost - cost_) / std::max(rules_.removed_by_rule(plan) - removed_, least);
}

MULTIPRUNER_INLINE void StagedRun::note_step(const std::string& stage, const std::string& samples,
                                             const SearchStep& step) {
  gain_ = step.ratio - std::exchange(reached_, step.ratio);
  if (std::isfinite(step.cost)) cost_ = step.cost;
  result_.plan = apply(step.edit, std::move(result_.plan));
  removed_ = rules_.removed_by_rule(result_.plan);
  result_.steps.push_back({stage, step, samples});
  result_.steps.back().search.ratio = pruning_ratio(context_.graph.config(), result_.plan);
  if (context_.on_step) context_.on_step(result_.steps.back());
  report(step.ratio);
}

/// E.g. "MLP channels, step 12: 3/40, best 13.21, 7.9 % removed".
MULTIPRUNER_INLINE void StagedRun::note_batch(const std::string& stage, const BatchState& batch) {
  std::string text = stage + ", step " + std::to_string(result_.steps.size()) + ": " +
                     std::to_string(batch.plans_done) + "/" + std::to_string(batch.plans);
  if (std::isfinite(batch.best)) text += ", best " + rounded(context_.objective.display(batch.best), 2);
  progress_.describe(text + ", " + rounded(reached_, 1) + " % removed");
  report(reached_ + gain_ * static_cast<double>(batch.done) / static_cast<double>(batch.total));
}

MULTIPRUNER_INLINE void StagedRun::report(double ratio) {
  const double share = target_ > start_ ? (ratio - start_) / (target_ - start_) : 1.0;
  progress_.advance(static_cast<Index>(std::min(share, 1.0) * static_cast<double>(progress_units_of_run)));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
