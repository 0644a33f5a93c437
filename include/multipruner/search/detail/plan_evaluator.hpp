// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/counting_engine.hpp>
#include <multipruner/search/detail/known_costs.hpp>
#include <multipruner/search/detail/stream_store.hpp>
#include <multipruner/search/detail/window_parts.hpp>
#include <multipruner/search/evaluator_inputs.hpp>
#include <multipruner/search/evaluator_statistics.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What an Evaluator does, with an engine that takes the residual streams through the model, or only counts the work.
/// What the inputs refer to must outlive it.
template <StreamEngine Engine>
class PlanEvaluator {
 public:
  explicit PlanEvaluator(EvaluatorInputs inputs);
  PlanEvaluator(const PlanEvaluator&) = delete;
  PlanEvaluator& operator=(const PlanEvaluator&) = delete;
  ~PlanEvaluator();

  [[nodiscard]] std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request);
  /// The set of a name; the first one of the calibration without.
  /// @throws DataError where there is none, or where it has no windows.
  [[nodiscard]] const TokenWindows& samples(std::string_view name) const;

  [[nodiscard]] const EvaluatorStatistics& statistics() const { return statistics_; }
  [[nodiscard]] const AnyMetric& metric() const { return metric_; }
  [[nodiscard]] const Engine& engine() const { return engine_; }

 private:
  using Node = PrefixTree::Node;
  using Store = StreamStore<Engine>;
  using PlanIndices = std::vector<std::size_t>;

  /// A plan of the batch.
  struct PlanState {
    ModelView view;
    PrefixTree::Path path;
    std::vector<double> seen{};  ///< costs of the windows that this batch has come to so far, in that order

    [[nodiscard]] Node node() const { return path.back(); }
    [[nodiscard]] Index blocks() const { return static_cast<Index>(path.size()) - 1; }  ///< that it runs
  };

  static constexpr double infinity = std::numeric_limits<double>::infinity();

  /// Streams and costs of other samples are of no use for these.
  void choose_samples(std::string_view name);
  void begin_batch(std::span<const Plan> plans, const CostRequest& request);
  [[nodiscard]] Index bytes_of_stream() const;

  /// At most half of the memory is for the streams of the plans of a pass, and as many plans go together; the parts of
  /// the windows share the rest for what they keep.
  void divide_memory();
  [[nodiscard]] PlanIndices all_plans() const;

  /// Costs of the given plans on a part of the windows: looked up, or computed.
  void run_part(Index part, const PlanIndices& plans);
  void compute_part(Index part, std::span<const std::size_t> plans);

  /// Costs of windows that count more, or less, than others.
  void weigh(const WindowRange& windows, std::span<double> costs) const;

  /// Notes the costs of a plan on a part as measured for this batch.
  void see(PlanState& plan, Index part);
  void report(Index done) const;
  [[nodiscard]] double cost_of(const PlanState& plan);
  [[nodiscard]] bool finished(const PlanState& plan) const;

  /// The costs of all plans on a share of the windows.
  [[nodiscard]] std::vector<PlanCost> estimates();

  // Only with a metric that has a lower bound.

  /// All plans are measured on the first part of the windows, the best of them on all, and the others as long as they
  /// can still be cheaper.
  [[nodiscard]] std::vector<PlanCost> costs_of_cheapest();

  /// All plans are measured on one part of the windows after the other. After each, those are dropped that a paired
  /// test finds worse than the best one. The level of a test is what keeps the probability that the cheapest plan is
  /// dropped in any of them below 1 − confidence (Bonferroni): it meets each of the others after each part at the most.
  /// The last ones are measured to the end.
  [[nodiscard]] std::vector<PlanCost> costs_of_likely_cheapest();

  [[nodiscard]] double score_of(const PlanState& plan, double cost) const;

  /// Of single windows: what is the mean of costs is that of scores, too, where they are linear in the cost.
  [[nodiscard]] std::vector<double> scores_of(const PlanState& plan) const;

  /// The lower, the better a plan looks beside others that have seen the same windows.
  [[nodiscard]] double rank_of(const PlanState& plan) const;

  /// Of plans that have seen the same windows.
  [[nodiscard]] std::size_t best_of(const PlanIndices& plans) const;
  [[nodiscard]] std::vector<PlanCost> costs_or_bounds();

  /// Less than what the plan costs, also after all rounding: the order of a sum is not that of the exact cost. Costs
  /// may have any sign; where they cancel, rounding is of their magnitude, not of their sum's.
  [[nodiscard]] double bound_of(const PlanState& plan) const;
  bool drop_if(bool drop, const PlanState& plan);

  const Graph& graph_;
  const Calibration& calibration_;
  AnyMetric metric_;
  EvaluatorOptions options_;
  CostMemory* memory_;
  const BlockSource* outputs_;
  EvaluatorStatistics statistics_;
  Engine engine_;
  Index stream_bytes_;
  PrefixTree tree_;

  // Of the samples in use.
  const TokenWindows* windows_ = nullptr;
  double mean_weight_ = 1;  ///< of these
  WindowParts parts_;
  KnownCosts known_;
  std::vector<Store> stores_;  ///< one a part

  // Of the batch.
  std::vector<PlanState> plans_;
  Index plans_per_pass_ = 1;
  CostRequest request_;
  BatchState state_;
  double best_score_ = infinity;  ///< of the plans that are measured to the end
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifdef MULTIPRUNER_COMPILED
namespace multipruner::inline MULTIPRUNER_ABI::detail {
extern template class PlanEvaluator<ForwardEngine>;
extern template class PlanEvaluator<CountingEngine>;
}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
#else
#include <multipruner/search/detail/plan_evaluator.ipp>
#endif
