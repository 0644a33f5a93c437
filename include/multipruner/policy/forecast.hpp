// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/policy/detail/assumed_cost.hpp>
#include <multipruner/policy/detail/assumed_statistics.hpp>
#include <multipruner/policy/detail/block_times.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/search/detail/counting_evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What a run of a policy is expected to take.
struct Forecast {
  Index steps = 0;
  EvaluatorStatistics work;
  Index stream_bytes = 0;        ///< of the most residual streams at the same time, about
  double seconds = 0;            ///< of the search
  double seconds_per_token = 0;  ///< of a pass through the whole model
  double ratio = 0;              ///< percent, where it will arrive
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Makes the forecast of one run, from measurements of some seconds.
class Forecaster {
 public:
  Forecaster(const Graph& graph, const Calibration& calibration, const EvaluatorOptions& options);

  template <class Policy>
  [[nodiscard]] Forecast run(const Policy& policy) const {
    static_assert(PruningPolicy<Policy>, "forecast: the policy must be a PruningPolicy: run(const RunContext&)");
    Work work;
    CountingEvaluator evaluator({graph_, calibration_, AssumedCost{&costs_, &work.losses}, options_});
    AssumedStatistics statistics(costs_);
    const PruningResult result =
        policy.run({.graph = graph_, .objective = evaluator, .statistics = statistics, .seed = options_.seed});
    work.passes_for_statistics = statistics.passes();
    return forecast(evaluator, work, result);
  }

 private:
  /// Of a run, besides what the evaluator counts.
  struct Work {
    Index losses = 0;  ///< tokens
    Index passes_for_statistics = 0;
  };

  /// What a run takes whose work was counted.
  [[nodiscard]] Forecast forecast(const CountingEvaluator& evaluator, const Work& work,
                                  const PruningResult& result) const;

  /// As many as a pass takes, but not so many that this alone takes long.
  [[nodiscard]] WindowRange measured_windows() const;

  /// Of a pass through the whole model.
  [[nodiscard]] double seconds_per_token() const;

  [[nodiscard]] Choice narrower(BlockId block) const;

  /// The first windows, or the beginning of the first one: as many tokens as can be measured in some seconds.
  [[nodiscard]] std::optional<TokenWindows> sample() const;

  /// The cost of every removal, and of every narrowing, of one block each.
  /// @returns false if that would take long
  bool measure_costs();

  [[nodiscard]] double above_base(double cost) const;

  /// In a large model blocks in the middle and behind it matter least.
  void assume_costs();

  const Graph& graph_;
  const Calibration& calibration_;
  EvaluatorOptions options_;
  BlockTimes times_;
  AssumedCosts costs_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Says what a run of a policy on an Evaluator with these options will take: blocks and a few candidates are measured
/// for some seconds, and the run is gone through with assumed costs. Where the real costs differ, other blocks are
/// removed, and the work differs a little.
/// @throws Error as the run itself would
template <class Policy>
[[nodiscard]] Forecast forecast(const Policy& policy, const Graph& graph, const Calibration& calibration,
                                const EvaluatorOptions& options = {}) {
  return detail::Forecaster(graph, calibration, options).run(policy);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/forecast.ipp>
#endif
