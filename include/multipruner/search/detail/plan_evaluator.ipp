// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/search/detail/paired_test.hpp>
#include <multipruner/search/detail/plan_evaluator.hpp>
#include <multipruner/search/detail/prefix_pass.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

template <StreamEngine Engine>
PlanEvaluator<Engine>::PlanEvaluator(EvaluatorInputs inputs)
    : graph_(inputs.graph),
      calibration_(inputs.calibration),
      metric_(std::move(inputs.metric)),
      options_(inputs.options),
      memory_(inputs.memory),
      outputs_(inputs.outputs),
      engine_(options_.compute),
      stream_bytes_(options_.stream_bytes ? *options_.stream_bytes : available_memory() / 4) {
  const double confidence = options_.confidence.value_or(0.5);
  if (confidence >= 0.5 && confidence < 1) return;
  throw OptionError("confidence", std::to_string(confidence) + " is not from 0.5 to below 1",
                    "Ask for e.g. 0.95, or leave it unset to measure exactly");
}

template <StreamEngine Engine>
PlanEvaluator<Engine>::~PlanEvaluator() = default;

template <StreamEngine Engine>
std::vector<PlanCost> PlanEvaluator<Engine>::costs(std::span<const Plan> plans, const CostRequest& request) {
  choose_samples(request.samples);
  begin_batch(plans, request);
  if (plans.empty()) return {};
  if (request.share < 1) return estimates();
  if (metric_.bounded() && request.only_cheapest) {
    if (options_.confidence) return costs_of_likely_cheapest();
    if (options_.early_stop) return costs_of_cheapest();
  }
  for (const Index part : parts_.order()) run_part(part, all_plans());
  std::vector<PlanCost> costs;
  for (const PlanState& plan : plans_) costs.push_back({cost_of(plan)});
  if (!options_.confidence) parts_.measure_worst_first(known_.of(plans_.front().node()));  // else by chance alone
  return costs;
}

template <StreamEngine Engine>
const TokenWindows& PlanEvaluator<Engine>::samples(std::string_view name) const {
  const TokenWindows& windows = name.empty() ? calibration_.front() : calibration_.at(name);
  require_windows(windows);
  return windows;
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::choose_samples(std::string_view name) {
  const TokenWindows& windows = samples(name);
  if (windows_ == &windows) return;
  parts_ = WindowParts(windows, options_);
  windows_ = &windows;
  mean_weight_ = windows.mean_weight();
  known_ = KnownCosts(std::string(name.empty() ? calibration_.sets().front().name : name), outputs_, memory_);
  stores_.assign(static_cast<std::size_t>(parts_.count()), StreamStore(tree_, engine_, bytes_of_stream()));
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::begin_batch(std::span<const Plan> plans, const CostRequest& request) {
  request_ = request;
  request_.samples = {};  // which it does not own
  best_score_ = infinity;
  state_ = {0, static_cast<Index>(plans.size()) * parts_.windows(), static_cast<Index>(plans.size())};
  plans_.clear();
  for (const Plan& plan : plans) plans_.push_back({ModelView(graph_, plan, outputs_), tree_.path(plan)});
  if (request.share >= 1) statistics_.plans += static_cast<Index>(plans.size());
  divide_memory();
}

template <StreamEngine Engine>
Index PlanEvaluator<Engine>::bytes_of_stream() const {
  return product_of_sizes("residual stream", {parts_.most_rows(), graph_.config().widest_stream(), sizeof(float)});
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::divide_memory() {
  const Index stream = bytes_of_stream();
  const auto plans = std::max<Index>(static_cast<Index>(plans_.size()), 1);
  plans_per_pass_ = options_.share_prefixes ? std::clamp<Index>(stream_bytes_ / 2 / stream - 1, 1, plans) : 1;
  engine_.set_limit(plans_per_pass_ + 1);
  const Index left = options_.reuse ? stream_bytes_ - (plans_per_pass_ + 1) * stream : 0;
  std::vector<PrefixTree::Path> paths;
  for (const PlanState& plan : plans_) paths.push_back(plan.path);
  for (Store& store : stores_) store.begin_batch(paths, std::max<Index>(left, 0) / parts_.count());
}

template <StreamEngine Engine>
typename PlanEvaluator<Engine>::PlanIndices PlanEvaluator<Engine>::all_plans() const {
  PlanIndices all(plans_.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::run_part(Index part, const PlanIndices& plans) {
  const Index windows = parts_.range(part).count;
  PlanIndices unknown;
  std::set<Node> ends;  // equal plans are computed once
  for (const std::size_t index : plans) {
    const PlanState& plan = plans_[index];
    if (!known_.knows(plan.node(), plan.view.plan(), parts_, part) && ends.insert(plan.node()).second) {
      unknown.push_back(index);
    } else {
      statistics_.blocks_saved_by_memory += plan.blocks() * windows;
    }
  }
  const auto group = static_cast<std::size_t>(plans_per_pass_);
  for (std::size_t first = 0; first < unknown.size(); first += group) {
    compute_part(part, std::span(unknown).subspan(first, std::min(group, unknown.size() - first)));
  }
  for (const std::size_t plan : plans) see(plans_[plan], part);
  state_.done += static_cast<Index>(plans.size() - unknown.size()) * windows;
  report(state_.done);
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::compute_part(Index part, std::span<const std::size_t> plans) {
  const WindowRange windows = parts_.range(part);
  std::vector<PlanRun> runs;
  for (const std::size_t plan : plans) runs.push_back({&plans_[plan].view, &plans_[plan].path});
  std::vector<double> costs(static_cast<std::size_t>(windows.count));
  const auto at_end = [&](std::size_t run, const typename Engine::Stream& stream) {
    const PlanState& plan = plans_[plans[run]];
    metric_.window_costs(plan.view, engine_.rows(stream), windows, costs, engine_.workspace());
    weigh(windows, costs);
    known_.add(plan.node(), plan.view.plan(), parts_, part, costs);
  };
  const Index work = windows.count * static_cast<Index>(plans.size());
  PrefixPass pass(tree_, stores_[static_cast<std::size_t>(part)], engine_, statistics_);
  pass.run(runs, windows, at_end, [&](Index done, Index total) { report(state_.done + work * done / total); });
  state_.done += work;
  Index kept = 0;
  for (const Store& store : stores_) kept += store.bytes();
  statistics_.most_stream_bytes = std::max(statistics_.most_stream_bytes, kept);
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::weigh(const WindowRange& windows, std::span<double> costs) const {
  for (Index i = 0; i < windows.count; ++i) {
    costs[static_cast<std::size_t>(i)] *= windows.windows->weight(windows.first + i) / mean_weight_;
  }
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::see(PlanState& plan, Index part) {
  const std::span<const double> costs = parts_.slice(known_.of(plan.node()), part);
  plan.seen.insert(plan.seen.end(), costs.begin(), costs.end());
  if (!finished(plan)) return;
  ++state_.plans_done;
  const double cost = cost_of(plan), score = score_of(plan, cost);
  if (!std::isfinite(score) || score >= best_score_) return;
  best_score_ = score;
  state_.best = cost;
}

template <StreamEngine Engine>
void PlanEvaluator<Engine>::report(Index done) const {
  if (!request_.on_batch) return;
  BatchState state = state_;
  state.done = done;
  request_.on_batch(state);
}

template <StreamEngine Engine>
double PlanEvaluator<Engine>::cost_of(const PlanState& plan) {
  return metric_.combine(plan.view, parts_.in_order_of_set(known_.of(plan.node())));
}

template <StreamEngine Engine>
bool PlanEvaluator<Engine>::finished(const PlanState& plan) const {
  return static_cast<Index>(plan.seen.size()) == parts_.windows();
}

template <StreamEngine Engine>
std::vector<PlanCost> PlanEvaluator<Engine>::estimates() {
  const std::vector<Index> parts = parts_.some(request_.share);
  Index windows = 0;
  for (const Index part : parts) windows += parts_.range(part).count;
  state_.total = state_.plans * windows;
  statistics_.estimated_plans += static_cast<double>(state_.total) / static_cast<double>(parts_.windows());
  for (const Index part : parts) run_part(part, all_plans());
  std::vector<PlanCost> costs;
  for (const PlanState& plan : plans_) costs.push_back({metric_.combine(plan.view, plan.seen), false});
  return costs;
}

template <StreamEngine Engine>
std::vector<PlanCost> PlanEvaluator<Engine>::costs_of_cheapest() {
  const std::vector<Index> order = parts_.order();
  run_part(order.front(), all_plans());
  const std::size_t favourite = best_of(all_plans());
  for (std::size_t i = 1; i < order.size(); ++i) run_part(order[i], {favourite});
  const double score = score_of(plans_[favourite], cost_of(plans_[favourite]));
  const double best = std::isfinite(score) ? score : infinity;
  PlanIndices others = all_plans();
  std::erase(others, favourite);
  for (std::size_t i = 1; i < order.size(); ++i) {
    std::erase_if(others, [&](std::size_t plan) {
      return drop_if(score_of(plans_[plan], bound_of(plans_[plan])) > best, plans_[plan]);
    });
    run_part(order[i], others);
  }
  parts_.measure_worst_first(known_.of(plans_[favourite].node()));
  return costs_or_bounds();
}

template <StreamEngine Engine>
std::vector<PlanCost> PlanEvaluator<Engine>::costs_of_likely_cheapest() {
  const std::vector<Index>& order = parts_.order();
  const auto tests = std::max<std::size_t>((plans_.size() - 1) * (order.size() - 1), 1);
  const double level = (1 - *options_.confidence) / static_cast<double>(tests);
  PlanIndices left = all_plans();
  for (std::size_t i = 0; i < order.size(); ++i) {
    run_part(order[i], left);
    if (i + 1 == order.size()) break;
    const std::vector<double> best = scores_of(plans_[best_of(left)]);
    std::erase_if(left, [&](std::size_t plan) {
      return drop_if(paired_test(scores_of(plans_[plan]), best, parts_.windows()) < level, plans_[plan]);
    });
  }
  return costs_or_bounds();
}

template <StreamEngine Engine>
std::size_t PlanEvaluator<Engine>::best_of(const PlanIndices& plans) const {
  return *std::ranges::min_element(plans, {}, [&](std::size_t plan) {
    const double rank = rank_of(plans_[plan]);
    return std::isnan(rank) ? infinity : rank;
  });
}

template <StreamEngine Engine>
double PlanEvaluator<Engine>::rank_of(const PlanState& plan) const {
  if (!request_.score) return bound_of(plan);
  const std::vector<double> scores = scores_of(plan);
  return std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
}

template <StreamEngine Engine>
double PlanEvaluator<Engine>::score_of(const PlanState& plan, double cost) const {
  return request_.score_of(cost, plan.view.plan());
}

template <StreamEngine Engine>
std::vector<double> PlanEvaluator<Engine>::scores_of(const PlanState& plan) const {
  std::vector<double> scores = plan.seen;
  for (double& score : scores) score = score_of(plan, score);
  return scores;
}

template <StreamEngine Engine>
std::vector<PlanCost> PlanEvaluator<Engine>::costs_or_bounds() {
  std::vector<PlanCost> costs;
  for (const PlanState& plan : plans_) {
    costs.push_back(finished(plan) ? PlanCost{cost_of(plan)} : PlanCost{bound_of(plan), false});
  }
  return costs;
}

template <StreamEngine Engine>
double PlanEvaluator<Engine>::bound_of(const PlanState& plan) const {
  constexpr double rounding = 1e-9;
  const double bound = metric_.lower_bound(plan.view, plan.seen, parts_.windows());
  if (!std::isfinite(bound)) return bound;
  double magnitude = 0;
  for (const double cost : plan.seen) magnitude += std::abs(cost);
  magnitude /= static_cast<double>(parts_.windows());
  return bound - rounding * std::max(std::abs(bound), magnitude);
}

template <StreamEngine Engine>
bool PlanEvaluator<Engine>::drop_if(bool drop, const PlanState& plan) {
  if (!drop) return false;
  const Index left = parts_.windows() - static_cast<Index>(plan.seen.size());
  statistics_.blocks_saved_by_early_stop += plan.blocks() * left;
  state_.done += left;
  ++state_.plans_done;
  return true;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifdef MULTIPRUNER_COMPILED
namespace multipruner::inline MULTIPRUNER_ABI::detail {
template class PlanEvaluator<ForwardEngine>;
template class PlanEvaluator<CountingEngine>;
}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
#endif
