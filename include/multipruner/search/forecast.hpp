// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/search/detail/assumed_cost.hpp>
#include <multipruner/search/detail/block_times.hpp>
#include <multipruner/search/detail/counting_engine.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// What a run of a policy is expected to take.
struct Forecast {
  Index steps = 0;
  EvaluatorStatistics work;
  Index stream_bytes = 0;   ///< of residual streams at the same time, at most
  double seconds = 0;       ///< of the search
  double pass_seconds = 0;  ///< of the whole model on one window of the block set
  double ratio = 0;         ///< percent, where it will arrive
};

namespace detail {

/// Makes the forecast of one run, from measurements of some seconds.
class Forecaster {
 public:
  Forecaster(const Graph& graph, const Calibration& calibration, const EvaluatorOptions& options);

  template <class Policy>
  [[nodiscard]] Forecast run(const Policy& policy) const {
    Index losses = 0;
    Evaluator<AssumedCost, CountingEngine> evaluator(graph_, calibration_, {&costs_, &losses}, options_);
    const auto result = policy.run(graph_, evaluator, silent_progress());
    return forecast(evaluator.engine(), evaluator.statistics(), static_cast<Index>(result.steps.size()), losses,
                    result.ratio);
  }

 private:
  /// What a run takes of which the engine has counted the work.
  [[nodiscard]] Forecast forecast(const CountingEngine& engine, const EvaluatorStatistics& work, Index steps,
                                  Index losses, double ratio) const;

  /// As many as a pass takes, but not so many that this alone takes long.
  [[nodiscard]] WindowRange measured_windows() const;

  [[nodiscard]] double pass_seconds() const;

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

}  // namespace detail

/// Says what a run of a policy on an Evaluator with these options will take: blocks and a few candidates are measured
/// for some seconds, and the run is gone through with assumed costs. Where the real costs differ, other blocks are
/// removed, and the work differs a little.
/// @throws Error as the run itself would
template <class Policy>
[[nodiscard]] Forecast forecast(const Policy& policy, const Graph& graph, const Calibration& calibration,
                                const EvaluatorOptions& options = {}) {
  return detail::Forecaster(graph, calibration, options).run(policy);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/forecast.ipp>
#endif
