// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/rounded.hpp>
#include <multipruner/policy/detail/staged_run.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE StagedRun::StagedRun(const RunContext& context, double target, PlanScore score, CostRule rule)
    : context_(context),
      progress_(context.progress, "pruning", progress_units_of_run),
      target_(target),
      score_(std::move(score)),
      rule_(rule) {
  result_.plan = Plan(context.graph);
  start_ = ratio_of(result_.plan);
}

MULTIPRUNER_INLINE SearchProblem StagedRun::problem(const std::string& stage, const std::string& samples,
                                                    double threshold) {
  reached_ = ratio_of(result_.plan);
  gain_ = 0;
  if (rule_ == CostRule::cost_per_parameter) {
    if (reached_ < threshold) cost_ = cost_now(samples);
    score_ = [this](double cost, const Plan& plan) { return cost_per_parameter(cost, plan); };
  }
  SearchProblem problem;
  problem.target = threshold;
  problem.ratio_of = [this](const Plan& plan) { return ratio_of(plan); };
  problem.score = score_;
  problem.costs = [this, stage, samples](std::span<const Plan> plans, bool only_cheapest) {
    const auto on_batch = [this, &stage](const BatchState& batch) { note_batch(stage, batch); };
    return context_.objective.costs(
        plans, {.samples = samples, .only_cheapest = only_cheapest, .score = score_, .on_batch = on_batch});
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
  result_.ratio = ratio_of(result_.plan);
  return std::move(result_);
}

MULTIPRUNER_INLINE double StagedRun::cost_now(const std::string& samples) const {
  const std::vector<Plan> plans{result_.plan};
  return context_.objective.costs(plans, {.samples = samples}).front().value;
}

/// Above the plan that candidates go on from, for each percent of the parameters.
MULTIPRUNER_INLINE double StagedRun::cost_per_parameter(double cost, const Plan& plan) const {
  return (cost - cost_) / (ratio_of(plan) - reached_);
}

MULTIPRUNER_INLINE double StagedRun::ratio_of(const Plan& plan) const {
  return pruning_ratio(context_.graph.config(), plan);
}

MULTIPRUNER_INLINE void StagedRun::note_step(const std::string& stage, const std::string& samples,
                                             const SearchStep& step) {
  gain_ = step.ratio - std::exchange(reached_, step.ratio);
  if (std::isfinite(step.cost)) cost_ = step.cost;
  result_.steps.push_back({stage, step, samples});
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
