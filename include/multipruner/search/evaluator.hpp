// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/plan_metric.hpp>
#include <multipruner/search/detail/plan_evaluator.hpp>

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
/// @tparam Engine takes the residual streams through the model, or with detail::CountingEngine only counts the work.
template <class Metric, detail::StreamEngine Engine = detail::ForwardEngine>
class Evaluator final : public Objective {
  static_assert(PlanMetric<Metric>,
                "Evaluator<Metric>: Metric must be a PlanMetric: name, window_costs(view, stream, windows, costs, "
                "workspace), combine(view, costs), display(cost)");
  static_assert(std::same_as<Engine, detail::ForwardEngine> || std::same_as<Engine, detail::CountingEngine>,
                "Evaluator<Metric, Engine>: Engine must be detail::ForwardEngine or detail::CountingEngine");

 public:
  /// @param memory keeps costs beyond the life of the evaluator, and must outlive it; or null
  /// @param outputs where plans take the output matrices of narrowed blocks from, and must outlive it, too; null: the
  ///        first columns of the graph's own
  /// @throws OptionError for a confidence that is none.
  Evaluator(const Graph& graph, const Calibration& calibration, Metric metric = {}, EvaluatorOptions options = {},
            CostMemory* memory = nullptr, const BlockSource* outputs = nullptr)
      : metric_(std::move(metric)), evaluator_(graph, calibration, metric_, options, memory, outputs) {}

  Evaluator(const Graph&&, const Calibration&, Metric = {}, EvaluatorOptions = {}, CostMemory* = nullptr,
            const BlockSource* = nullptr) = delete;
  Evaluator(const Graph&, const Calibration&&, Metric = {}, EvaluatorOptions = {}, CostMemory* = nullptr,
            const BlockSource* = nullptr) = delete;
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  /// @throws DataError if there are no windows, or a token is not in the vocabulary.
  [[nodiscard]] std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    return evaluator_.costs(plans, request);
  }

  [[nodiscard]] double display(double cost) const override { return metric_.metric().display(cost); }

  [[nodiscard]] const EvaluatorStatistics& statistics() const { return evaluator_.statistics(); }

  /// What takes the streams through the model.
  [[nodiscard]] const Engine& engine() const { return evaluator_.engine(); }

 private:
  detail::MetricAdapter<Metric> metric_;
  detail::PlanEvaluator<Engine> evaluator_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
