#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/importance/plan_metric.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/search/detail/known_costs.hpp>
#include <multipruner/search/detail/paired_test.hpp>
#include <multipruner/search/detail/prefix_pass.hpp>
#include <multipruner/search/detail/window_parts.hpp>
#include <multipruner/search/evaluator_options.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Costs of plans on calibration windows, by running the model as rarely as possible.
///
/// * Plans share the residual stream up to the first block at which they differ; every block is applied to all plans
///   of a batch in turn, so that its weights are read once a pass.
/// * Streams are kept from batch to batch under a budget of bytes: after a step of a greedy search only the blocks
///   behind the change run again.
/// * Where only the cheapest plan is asked for, one that can no longer be it is dropped. That takes a metric with a
///   lower bound.
///
/// * With `EvaluatorOptions::confidence`, one that is worse at that confidence is dropped, too.
///
/// Exact costs are those of one full pass per plan, bit for bit, and the cheapest plan is the one that measuring all of
/// them to the end would find, whatever is shared, kept or dropped; with a confidence, it is that so often.
///
/// The graph and the calibration windows must outlive the evaluator.
///
/// @tparam Engine takes the residual streams through the model; another one than the default only counts the work.
template <class Metric, detail::StreamEngine Engine = detail::ForwardEngine>
class Evaluator final : public Objective {
  static_assert(PlanMetric<Metric>,
                "Evaluator<Metric>: Metric must be a PlanMetric: name, window_costs(view, stream, windows, costs, "
                "workspace), combine(view, costs), display(cost)");

 public:
  /// @param memory keeps costs beyond the life of the evaluator, and must outlive it; or null
  /// @param outputs where plans take the output matrices of narrowed blocks from, and must outlive it, too; null: the
  ///        first columns of the graph's own
  Evaluator(const Graph& graph, const Calibration& calibration, Metric metric = {}, EvaluatorOptions options = {},
            CostMemory* memory = nullptr, const NarrowedOutputs* outputs = nullptr)
      : graph_(graph),
        calibration_(calibration),
        metric_(std::move(metric)),
        options_(options),
        memory_(memory),
        outputs_(outputs),
        engine_(options.compute),
        stream_bytes_(options.stream_bytes ? *options.stream_bytes : available_memory() / 4) {
    const double confidence = options.confidence.value_or(0.5);
    if (confidence >= 0.5 && confidence < 1) return;
    throw OptionError("confidence", std::to_string(confidence) + " is not from 0.5 to below 1",
                      "Ask for e.g. 0.95, or leave it unset to measure exactly");
  }

  Evaluator(const Graph&&, const Calibration&, Metric = {}, EvaluatorOptions = {}, CostMemory* = nullptr,
            const NarrowedOutputs* = nullptr) = delete;
  Evaluator(const Graph&, const Calibration&&, Metric = {}, EvaluatorOptions = {}, CostMemory* = nullptr,
            const NarrowedOutputs* = nullptr) = delete;
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  /// @throws DataError if there are no windows, or a token is not in the vocabulary.
  [[nodiscard]] std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    choose_set(request.set);
    begin_batch(plans, request.progress);
    if (plans.empty()) return {};
    if constexpr (BoundedMetric<Metric>) {
      if (request.only_cheapest && options_.confidence) return costs_of_likely_cheapest();
      if (request.only_cheapest && options_.early_stop) return costs_of_cheapest();
    }
    for (const Index part : parts_.order()) run_part(part, all_plans());
    std::vector<PlanCost> costs;
    for (const PlanState& plan : plans_) costs.push_back({cost_of(plan)});
    parts_.measure_worst_first(known_.of(plans_.front().node()));
    return costs;
  }

  [[nodiscard]] double display(double cost) const override { return metric_.display(cost); }

  [[nodiscard]] const EvaluatorStatistics& statistics() const { return statistics_; }

  /// What takes the streams through the model.
  [[nodiscard]] const Engine& engine() const { return engine_; }

 private:
  using Node = detail::PrefixTree::Node;
  using PlanIndices = std::vector<std::size_t>;

  /// A plan of the batch.
  struct PlanState {
    ModelView view;
    detail::PrefixTree::Path path;
    std::vector<double> seen{};  ///< costs of the windows that this batch has come to so far, in that order

    [[nodiscard]] Node node() const { return path.back(); }
    [[nodiscard]] Index blocks() const { return static_cast<Index>(path.size()) - 1; }  ///< that it runs
  };

  static constexpr double infinity = std::numeric_limits<double>::infinity();

  /// Streams and costs of the other set are of no use for this one.
  void choose_set(CalibrationSet set) {
    const TokenWindows& windows = set == CalibrationSet::block ? calibration_.block : calibration_.width;
    if (windows_ == &windows) return;
    parts_ = detail::WindowParts(windows, options_);
    windows_ = &windows;
    known_ = detail::KnownCosts(set, memory_);
    stores_.assign(static_cast<std::size_t>(parts_.count()), detail::StreamStore(tree_, engine_, bytes_of_stream()));
  }

  void begin_batch(std::span<const Plan> plans, const BatchProgress& progress) {
    progress_ = progress;
    state_ = {0, static_cast<Index>(plans.size()) * parts_.windows(), static_cast<Index>(plans.size())};
    plans_.clear();
    for (const Plan& plan : plans) plans_.push_back({ModelView(graph_, plan, outputs_), tree_.path(plan)});
    statistics_.plans += static_cast<Index>(plans.size());
    divide_memory();
  }

  [[nodiscard]] Index bytes_of_stream() const {
    return product_of_sizes("residual stream", {parts_.range(0).rows(), graph_.config().hidden_size, sizeof(float)});
  }

  /// At most half of the memory is for the streams of the plans of a pass, and as many plans go together; the parts of
  /// the windows share the rest for what they keep.
  void divide_memory() {
    const Index stream = bytes_of_stream();
    const auto plans = std::max<Index>(static_cast<Index>(plans_.size()), 1);
    plans_per_pass_ = options_.share_prefixes ? std::clamp<Index>(stream_bytes_ / 2 / stream - 1, 1, plans) : 1;
    engine_.set_limit(plans_per_pass_ + 1);
    const Index left = options_.reuse ? stream_bytes_ - (plans_per_pass_ + 1) * stream : 0;
    std::vector<detail::PrefixTree::Path> paths;
    for (const PlanState& plan : plans_) paths.push_back(plan.path);
    for (Store& store : stores_) store.begin_batch(paths, std::max<Index>(left, 0) / parts_.count());
  }

  [[nodiscard]] PlanIndices all_plans() const {
    PlanIndices all(plans_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }

  /// Costs of the given plans on a part of the windows: looked up, or computed.
  void run_part(Index part, const PlanIndices& plans) {
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

  void compute_part(Index part, std::span<const std::size_t> plans) {
    const WindowRange windows = parts_.range(part);
    std::vector<detail::PlanRun> runs;
    for (const std::size_t plan : plans) runs.push_back({&plans_[plan].view, &plans_[plan].path});
    std::vector<double> costs(static_cast<std::size_t>(windows.count));
    const auto at_end = [&](std::size_t run, const typename Engine::Stream& stream) {
      const PlanState& plan = plans_[plans[run]];
      metric_.window_costs(plan.view, engine_.rows(stream), windows, costs, engine_.workspace());
      known_.add(plan.node(), plan.view.plan(), parts_, part, costs);
    };
    const Index work = windows.count * static_cast<Index>(plans.size());
    detail::PrefixPass pass(tree_, stores_[static_cast<std::size_t>(part)], engine_, statistics_);
    pass.run(runs, windows, at_end, [&](Index done, Index total) { report(state_.done + work * done / total); });
    state_.done += work;
    Index kept = 0;
    for (const Store& store : stores_) kept += store.bytes();
    statistics_.most_stream_bytes = std::max(statistics_.most_stream_bytes, kept);
  }

  /// Notes the costs of a plan on a part as measured for this batch.
  void see(PlanState& plan, Index part) {
    const std::span<const double> costs = parts_.slice(known_.of(plan.node()), part);
    plan.seen.insert(plan.seen.end(), costs.begin(), costs.end());
    if (!finished(plan)) return;
    ++state_.plans_done;
    const double cost = cost_of(plan);
    if (std::isfinite(cost) && !(cost >= state_.best)) state_.best = cost;
  }

  void report(Index done) const {
    if (!progress_) return;
    BatchState state = state_;
    state.done = done;
    progress_(state);
  }

  [[nodiscard]] double cost_of(const PlanState& plan) {
    return metric_.combine(plan.view, parts_.in_order_of_set(known_.of(plan.node())));
  }

  [[nodiscard]] bool finished(const PlanState& plan) const {
    return static_cast<Index>(plan.seen.size()) == parts_.windows();
  }

  // Only with a metric that has a lower bound.

  /// All plans are measured on the first part of the windows, the best of them on all, and the others as long as they
  /// can still be cheaper.
  [[nodiscard]] std::vector<PlanCost> costs_of_cheapest() {
    const std::vector<Index> order = parts_.order();
    run_part(order.front(), all_plans());
    const std::size_t favourite = best_of(all_plans());
    for (std::size_t i = 1; i < order.size(); ++i) run_part(order[i], {favourite});
    const double favourite_cost = cost_of(plans_[favourite]);
    const double best = std::isfinite(favourite_cost) ? favourite_cost : infinity;
    PlanIndices others = all_plans();
    std::erase(others, favourite);
    for (std::size_t i = 1; i < order.size(); ++i) {
      std::erase_if(others, [&](std::size_t plan) { return drop_if(bound_of(plans_[plan]) > best, plans_[plan]); });
      run_part(order[i], others);
    }
    parts_.measure_worst_first(known_.of(plans_[favourite].node()));
    return costs_or_bounds();
  }

  /// All plans are measured on one part of the windows after the other. After each, those are dropped that a paired
  /// test finds worse than the best one. The level of a test is what keeps the probability that the cheapest plan is
  /// dropped in any of them below 1 − confidence (Bonferroni): it meets each of the others after each part at the most.
  /// The last ones are measured to the end.
  [[nodiscard]] std::vector<PlanCost> costs_of_likely_cheapest() {
    const std::vector<Index>& order = parts_.order();
    const auto tests = std::max<std::size_t>((plans_.size() - 1) * (order.size() - 1), 1);
    const double level = (1 - *options_.confidence) / static_cast<double>(tests);
    PlanIndices left = all_plans();
    for (std::size_t i = 0; i < order.size(); ++i) {
      run_part(order[i], left);
      if (i + 1 == order.size()) break;
      const std::vector<double>& best = plans_[best_of(left)].seen;
      std::erase_if(left, [&](std::size_t plan) {
        return drop_if(detail::paired_test(plans_[plan].seen, best, parts_.windows()) < level, plans_[plan]);
      });
    }
    return costs_or_bounds();
  }

  /// Of plans that have seen the same windows.
  [[nodiscard]] std::size_t best_of(const PlanIndices& plans) const {
    return *std::ranges::min_element(plans, {}, [&](std::size_t plan) {
      const double bound = bound_of(plans_[plan]);
      return std::isnan(bound) ? infinity : bound;
    });
  }

  [[nodiscard]] std::vector<PlanCost> costs_or_bounds() {
    std::vector<PlanCost> costs;
    for (const PlanState& plan : plans_) {
      costs.push_back(finished(plan) ? PlanCost{cost_of(plan)} : PlanCost{bound_of(plan), false});
    }
    return costs;
  }

  /// Less than what the plan costs, also after all rounding: the order of a sum is not that of the exact cost. Costs
  /// may have any sign; where they cancel, rounding is of their magnitude, not of their sum's.
  [[nodiscard]] double bound_of(const PlanState& plan) const {
    constexpr double rounding = 1e-9;
    const double bound = metric_.lower_bound(plan.view, plan.seen, parts_.windows());
    if (!std::isfinite(bound)) return bound;
    double magnitude = 0;
    for (const double cost : plan.seen) magnitude += std::abs(cost);
    magnitude /= static_cast<double>(parts_.windows());
    return bound - rounding * std::max(std::abs(bound), magnitude);
  }

  bool drop_if(bool drop, const PlanState& plan) {
    if (!drop) return false;
    const Index left = parts_.windows() - static_cast<Index>(plan.seen.size());
    statistics_.blocks_saved_by_early_stop += plan.blocks() * left;
    state_.done += left;
    ++state_.plans_done;
    return true;
  }

  using Store = detail::StreamStore<Engine>;

  const Graph& graph_;
  const Calibration& calibration_;
  Metric metric_;
  EvaluatorOptions options_;
  CostMemory* memory_;
  const NarrowedOutputs* outputs_;
  EvaluatorStatistics statistics_;
  Engine engine_;
  Index stream_bytes_;
  detail::PrefixTree tree_;

  // Of the set of windows in use.
  const TokenWindows* windows_ = nullptr;
  detail::WindowParts parts_;
  detail::KnownCosts known_;
  std::vector<Store> stores_;  ///< one a part

  // Of the batch.
  std::vector<PlanState> plans_;
  Index plans_per_pass_ = 1;
  BatchProgress progress_;
  BatchState state_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
