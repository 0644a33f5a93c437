#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/core/python_random.hpp>
#include <multipruner/importance/plan_metric.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/search/detail/paired_test.hpp>
#include <multipruner/search/detail/prefix_pass.hpp>
#include <multipruner/search/evaluator_options.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner {

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
template <class Metric>
class Evaluator final : public Objective {
  static_assert(PlanMetric<Metric>,
                "Evaluator<Metric>: Metric must be a PlanMetric: name, window_costs(view, stream, windows, costs, "
                "workspace), combine(view, costs), display(cost)");

 public:
  /// @param memory keeps costs beyond the life of the evaluator, and must outlive it; or null
  Evaluator(const Graph& graph, const Calibration& calibration, Metric metric = {}, EvaluatorOptions options = {},
            CostMemory* memory = nullptr)
      : graph_(graph),
        calibration_(calibration),
        metric_(std::move(metric)),
        options_(options),
        memory_(memory),
        workspace_(options.compute),
        stream_bytes_(options.stream_bytes ? *options.stream_bytes : available_memory() / 4) {
    const double confidence = options.confidence.value_or(0.5);
    if (confidence >= 0.5 && confidence < 1) return;
    throw OptionError("confidence", std::to_string(confidence) + " is not from 0.5 to below 1",
                      "Ask for e.g. 0.95, or leave it unset to measure exactly");
  }

  Evaluator(const Graph&&, const Calibration&, Metric = {}, EvaluatorOptions = {}, CostMemory* = nullptr) = delete;
  Evaluator(const Graph&, const Calibration&&, Metric = {}, EvaluatorOptions = {}, CostMemory* = nullptr) = delete;

  /// @throws DataError if there are no windows, or a token is not in the vocabulary.
  [[nodiscard]] std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    begin_batch(plans, request);
    if (plans.empty()) return {};
    if constexpr (BoundedMetric<Metric>) {
      if (request.only_cheapest && options_.confidence) return costs_of_likely_cheapest();
      if (request.only_cheapest && options_.early_stop) return costs_of_cheapest();
    }
    for (const Index part : part_order_) run_part(part, all_plans());
    std::vector<PlanCost> costs;
    for (const PlanState& plan : plans_) costs.push_back({cost_of(plan)});
    remember_order(plans_.front());
    return costs;
  }

  [[nodiscard]] double display(double cost) const override { return metric_.display(cost); }

  [[nodiscard]] const EvaluatorStatistics& statistics() const { return statistics_; }

 private:
  using Node = detail::PrefixTree::Node;
  using PlanIndices = std::vector<std::size_t>;

  /// What is known of a plan's costs, window by window.
  struct WindowCosts {
    std::vector<double> values;
    std::vector<char> known_parts;
  };

  /// A plan of the batch.
  struct PlanState {
    ModelView view;
    WindowCosts* costs;
    std::vector<double> seen{};  ///< costs of the windows that this batch has come to so far, in that order
    Index blocks = 0;            ///< that it runs
  };

  /// With a confidence, plans are compared about so often while they are measured.
  static constexpr Index looks = 16;

  static constexpr double infinity = std::numeric_limits<double>::infinity();

  void begin_batch(std::span<const Plan> plans, const CostRequest& request) {
    choose_set(request.set);
    progress_ = request.progress;
    plans_.clear();
    paths_.clear();
    for (const Plan& plan : plans) {
      ModelView view(graph_, plan);
      paths_.push_back(tree_.path(plan));
      plans_.push_back({std::move(view), &known_of(paths_.back().back()), {}, blocks_of(paths_.back())});
    }
    done_ = 0;
    total_ = static_cast<Index>(plans.size()) * windows_->count();
    statistics_.plans += static_cast<Index>(plans.size());
    divide_memory();
  }

  /// Streams and losses of the other set are of no use for this one.
  void choose_set(CalibrationSet set) {
    const TokenWindows& windows = set == CalibrationSet::block ? calibration_.block : calibration_.width;
    require_windows(windows);
    if (windows_ == &windows) return;
    windows_ = &windows;
    draw_windows();
    windows_per_part_ = std::max<Index>(1, options_.rows_per_pass / windows.length);
    if (options_.confidence)
      windows_per_part_ = std::min(windows_per_part_, std::max<Index>(1, windows.count() / looks));
    const Index parts = (windows.count() + windows_per_part_ - 1) / windows_per_part_;
    known_.clear();
    stores_.assign(static_cast<std::size_t>(parts), detail::StreamStore(tree_, pool_));
    part_order_.resize(static_cast<std::size_t>(parts));
    std::iota(part_order_.begin(), part_order_.end(), Index{0});
  }

  /// The order in which windows are measured: as they are, or drawn at random where conclusions are drawn from a part.
  void draw_windows() {
    drawn_ = *windows_;
    drawn_order_.resize(static_cast<std::size_t>(windows_->count()));
    std::iota(drawn_order_.begin(), drawn_order_.end(), Index{0});
    if (!options_.confidence) return;
    drawn_order_ = PythonRandom(options_.seed).sample(windows_->count(), windows_->count());
    auto next = drawn_.tokens.begin();
    for (const Index window : drawn_order_) next = std::ranges::copy(windows_->window(window), next).out;
  }

  [[nodiscard]] WindowRange range_of(Index part) const {
    const Index first = part * windows_per_part_;
    return {&drawn_, first, std::min(windows_per_part_, windows_->count() - first)};
  }

  WindowCosts& known_of(Node node) {
    WindowCosts& known = known_[node];
    known.values.resize(static_cast<std::size_t>(windows_->count()));
    known.known_parts.resize(stores_.size());
    return known;
  }

  static Index blocks_of(const detail::PrefixTree::Path& path) { return static_cast<Index>(path.size()) - 1; }

  /// At most half of the memory is for the streams of the plans of a pass, and as many plans go together; the parts of
  /// the windows share the rest for what they keep.
  void divide_memory() {
    const Index stream = range_of(0).rows() * graph_.config().hidden_size * static_cast<Index>(sizeof(float));
    const auto plans = std::max<Index>(static_cast<Index>(plans_.size()), 1);
    plans_per_pass_ = options_.share_prefixes ? std::clamp<Index>(stream_bytes_ / 2 / stream - 1, 1, plans) : 1;
    pool_.set_limit(plans_per_pass_ + 1);
    const Index left = options_.reuse ? stream_bytes_ - (plans_per_pass_ + 1) * stream : 0;
    for (detail::StreamStore& store : stores_) {
      store.begin_batch(paths_, std::max<Index>(left, 0) / static_cast<Index>(stores_.size()));
    }
  }

  [[nodiscard]] PlanIndices all_plans() const {
    PlanIndices all(plans_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }

  /// Costs of the given plans on a part of the windows: looked up, or computed.
  void run_part(Index part, const PlanIndices& plans) {
    PlanIndices unknown;
    std::set<Node> ends;  // equal plans are computed once
    for (const std::size_t plan : plans) {
      if (!is_known(plan, part) && ends.insert(paths_[plan].back()).second) {
        unknown.push_back(plan);
      } else {
        statistics_.blocks_saved_by_memory += plans_[plan].blocks * range_of(part).count;
      }
    }
    const auto group = static_cast<std::size_t>(plans_per_pass_);
    for (std::size_t first = 0; first < unknown.size(); first += group) {
      compute_part(part, std::span(unknown).subspan(first, std::min(group, unknown.size() - first)));
    }
    for (const std::size_t plan : plans) see(plan, part);
    done_ += static_cast<Index>(plans.size() - unknown.size()) * range_of(part).count;
    report(done_);
  }

  [[nodiscard]] bool is_known(std::size_t plan, Index part) {
    char& known = plans_[plan].costs->known_parts[static_cast<std::size_t>(part)];
    if (known == 0 && memory_ != nullptr) known = memory_->find(key_of(plan, part), costs_of(plan, part)) ? 1 : 0;
    return known != 0;
  }

  [[nodiscard]] CostKey key_of(std::size_t plan, Index part) const {
    return {windows_ == &calibration_.block ? CalibrationSet::block : CalibrationSet::width, &plans_[plan].view.plan(),
            range_of(part).first};
  }

  [[nodiscard]] std::span<double> costs_of(std::size_t plan, Index part) const {
    const WindowRange windows = range_of(part);
    return std::span(plans_[plan].costs->values)
        .subspan(static_cast<std::size_t>(windows.first), static_cast<std::size_t>(windows.count));
  }

  void compute_part(Index part, std::span<const std::size_t> plans) {
    const WindowRange windows = range_of(part);
    std::vector<detail::PlanRun> runs;
    for (const std::size_t plan : plans) runs.push_back({&plans_[plan].view, &paths_[plan]});
    detail::PrefixPass pass(tree_, stores_[static_cast<std::size_t>(part)], pool_, workspace_, statistics_);
    const auto at_end = [&](std::size_t run, MatrixView<const float> stream) {
      const std::size_t plan = plans[run];
      const std::span<double> costs = costs_of(plan, part);
      metric_.window_costs(plans_[plan].view, stream, windows, costs, workspace_);
      plans_[plan].costs->known_parts[static_cast<std::size_t>(part)] = 1;
      if (memory_ != nullptr) memory_->add(key_of(plan, part), costs);
    };
    const Index work = windows.count * static_cast<Index>(plans.size());
    pass.run(runs, windows, at_end, [&](Index done, Index total) { report(done_ + work * done / total); });
    done_ += work;
    Index kept = 0;
    for (const detail::StreamStore& store : stores_) kept += store.bytes();
    statistics_.most_stream_bytes = std::max(statistics_.most_stream_bytes, kept);
  }

  /// Notes the costs of a plan on a part as measured for this batch.
  void see(std::size_t index, Index part) {
    const std::span<const double> costs = costs_of(index, part);
    plans_[index].seen.insert(plans_[index].seen.end(), costs.begin(), costs.end());
  }

  void report(Index done) const {
    if (progress_) progress_(done, total_);
  }

  /// The order of a sum is part of its bits: it is that of the windows as they are.
  [[nodiscard]] double cost_of(const PlanState& plan) const {
    std::vector<double> costs(plan.costs->values.size());
    for (std::size_t i = 0; i < costs.size(); ++i) {
      costs[static_cast<std::size_t>(drawn_order_[i])] = plan.costs->values[i];
    }
    return metric_.combine(plan.view, costs);
  }

  [[nodiscard]] bool finished(const PlanState& plan) const {
    return static_cast<Index>(plan.seen.size()) == windows_->count();
  }

  /// The order of the parts for the next batch: the worst first, so that bounds grow fast.
  void remember_order(const PlanState& plan) {
    std::vector<double> mean(part_order_.size());
    for (std::size_t part = 0; part < mean.size(); ++part) {
      const WindowRange windows = range_of(static_cast<Index>(part));
      const auto first = plan.costs->values.begin() + windows.first;
      const double sum = std::accumulate(first, first + windows.count, 0.0);
      mean[part] = std::isfinite(sum) ? sum / static_cast<double>(windows.count) : infinity;
    }
    std::ranges::sort(part_order_);
    std::ranges::stable_sort(part_order_, std::greater{},
                             [&](Index part) { return mean[static_cast<std::size_t>(part)]; });
  }

  // Only with a metric that has a lower bound.

  /// All plans are measured on the first part of the windows, the best of them on all, and the others as long as they
  /// can still be cheaper.
  [[nodiscard]] std::vector<PlanCost> costs_of_cheapest() {
    run_part(part_order_.front(), all_plans());
    const std::size_t favourite = best_of(all_plans());
    for (std::size_t i = 1; i < part_order_.size(); ++i) run_part(part_order_[i], {favourite});
    const double favourite_cost = cost_of(plans_[favourite]);
    const double best = std::isfinite(favourite_cost) ? favourite_cost : infinity;
    PlanIndices others = all_plans();
    std::erase(others, favourite);
    for (std::size_t i = 1; i < part_order_.size(); ++i) {
      std::erase_if(others, [&](std::size_t plan) { return dropped(plan, best); });
      run_part(part_order_[i], others);
    }
    remember_order(plans_[favourite]);
    return costs_or_bounds();
  }

  /// All plans are measured on one part of the windows after the other. After each, those are dropped that a paired
  /// test finds worse than the best one. The level of a test is what keeps the probability that the cheapest plan is
  /// dropped in any of them below 1 − confidence (Bonferroni): it meets each of the others after each part at the most.
  /// The last ones are measured to the end.
  [[nodiscard]] std::vector<PlanCost> costs_of_likely_cheapest() {
    const auto tests = std::max<std::size_t>((plans_.size() - 1) * (part_order_.size() - 1), 1);
    const double level = (1 - *options_.confidence) / static_cast<double>(tests);
    PlanIndices left = all_plans();
    for (std::size_t i = 0; i < part_order_.size(); ++i) {
      run_part(part_order_[i], left);
      if (i + 1 == part_order_.size()) break;
      const std::vector<double>& best = plans_[best_of(left)].seen;
      std::erase_if(left, [&](std::size_t plan) {
        const bool worse = detail::paired_test(plans_[plan].seen, best) < level;
        if (worse) count_dropped(plans_[plan]);
        return worse;
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

  [[nodiscard]] std::vector<PlanCost> costs_or_bounds() const {
    std::vector<PlanCost> costs;
    for (const PlanState& plan : plans_) {
      costs.push_back(finished(plan) ? PlanCost{cost_of(plan)} : PlanCost{bound_of(plan), false});
    }
    return costs;
  }

  /// Less than what the plan costs, also after all rounding: the order of a sum is not that of the exact cost.
  [[nodiscard]] double bound_of(const PlanState& plan) const {
    constexpr double rounding = 1e-9;
    return (1 - rounding) * metric_.lower_bound(plan.view, plan.seen, windows_->count());
  }

  [[nodiscard]] bool dropped(std::size_t plan, double best) {
    if (!(bound_of(plans_[plan]) > best)) return false;
    count_dropped(plans_[plan]);
    return true;
  }

  void count_dropped(const PlanState& plan) {
    const Index left = windows_->count() - static_cast<Index>(plan.seen.size());
    statistics_.blocks_saved_by_early_stop += plan.blocks * left;
    done_ += left;
  }

  const Graph& graph_;
  const Calibration& calibration_;
  Metric metric_;
  EvaluatorOptions options_;
  CostMemory* memory_;
  EvaluatorStatistics statistics_;
  Workspace workspace_;
  Index stream_bytes_;
  detail::PrefixTree tree_;
  detail::StreamPool pool_;

  // Of the set of windows in use.
  const TokenWindows* windows_ = nullptr;
  TokenWindows drawn_;              ///< the same windows in the order in which they are measured …
  std::vector<Index> drawn_order_;  ///< … which is this
  Index windows_per_part_ = 1;
  std::map<Node, WindowCosts> known_;
  std::vector<detail::StreamStore> stores_;  ///< one a part
  std::vector<Index> part_order_;

  // Of the batch.
  std::vector<PlanState> plans_;
  std::vector<detail::PrefixTree::Path> paths_;
  Index plans_per_pass_ = 1;
  BatchProgress progress_;
  Index done_ = 0;
  Index total_ = 0;
};

}  // namespace multipruner
