// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/policy/detail/assumed_cost.hpp>
#include <multipruner/policy/detail/assumed_statistics.hpp>
#include <multipruner/policy/detail/block_times.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/search/detail/counting_evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// How far a search is expected to be after one of its steps.
struct ForecastStep {
  double ratio = 0;    ///< percent
  double seconds = 0;  ///< since its beginning
};

/// What a run of a policy is expected to take.
struct Forecast {
  Index steps = 0;
  EvaluatorStatistics work;
  Index stream_bytes = 0;        ///< of the most residual streams at the same time, about
  double seconds = 0;            ///< of the search
  double seconds_per_token = 0;  ///< of a pass through the whole model
  double ratio = 0;              ///< percent, where it will arrive
  std::vector<ForecastStep> path{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Makes the forecast of one run, from measurements of some seconds.
class Forecaster {
 public:
  Forecaster(const Graph& graph, const Calibration& calibration, const EvaluatorOptions& options, double seconds,
             double head_products);

  template <class Policy>
  [[nodiscard]] Forecast run(const Policy& policy) const {
    static_assert(PruningPolicy<Policy>, "forecast: the policy must be a PruningPolicy: run(const RunContext&)");
    Work work;
    CountingEvaluator evaluator({graph_, calibration_, AssumedCost{&costs_, &work.losses}, options_});
    AssumedStatistics statistics(costs_);
    std::vector<ForecastStep> path;
    const auto on_step = [&](const PruningStep& step) {
      path.push_back({step.search.ratio, seconds_of(evaluator, work)});
    };
    const PruningResult result = policy.run(
        {.graph = graph_, .objective = evaluator, .on_step = on_step, .statistics = statistics, .seed = options_.seed});
    work.passes_for_statistics = statistics.passes();
    Forecast made = forecast(evaluator, work, result);
    made.path = std::move(path);
    return made;
  }

 private:
  /// Of a run, besides what the evaluator counts.
  struct Work {
    Index losses = 0;  ///< tokens
    Index passes_for_statistics = 0;
  };

  /// Of what was counted so far, but for statistics.
  [[nodiscard]] double seconds_of(const CountingEvaluator& evaluator, const Work& work) const;

  /// What a run takes whose work was counted.
  [[nodiscard]] Forecast forecast(const CountingEvaluator& evaluator, const Work& work,
                                  const PruningResult& result) const;

  /// As many as a pass takes, but not so many that this alone takes long.
  [[nodiscard]] WindowRange measured_windows() const;

  /// Of a pass through the whole model.
  [[nodiscard]] double seconds_per_token() const;

  [[nodiscard]] Choice narrower(BlockId block) const;

  /// The first windows, or the beginning of the first one, in two parts: as many tokens as can be measured in some
  /// seconds; nothing where these are few.
  [[nodiscard]] std::optional<std::array<TokenWindows, 2>> samples() const;

  /// The cost of the model, and what every removal, and every narrowing, of one block each adds to it.
  struct AddedCosts {
    double base = 0;
    std::vector<double> removed{}, narrowed{};
  };

  [[nodiscard]] AddedCosts measure(const TokenWindows& windows) const;

  /// @returns false if there is no time for that
  bool measure_costs();

  /// In a large model blocks in the middle and behind it matter least.
  void assume_costs();

  const Graph& graph_;
  const Calibration& calibration_;
  EvaluatorOptions options_;
  double seconds_;        ///< for measuring costs
  double head_products_;  ///< that the cost of a token takes
  BlockTimes times_;
  AssumedCosts costs_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Says what a run of a policy on an Evaluator with these options will take: blocks and a few candidates are measured
/// for some seconds, and the run is gone through with assumed costs. Where the real costs differ, other blocks are
/// removed, and the work differs a little.
/// @param seconds  that measuring candidates may take, about; with 0 their costs are assumed
/// @param head_products  with the output head, that the cost of a token takes: 1 for perplexity, 2 for KlDivergence
/// @throws Error as the run itself would
template <class Policy>
[[nodiscard]] Forecast forecast(const Policy& policy, const Graph& graph, const Calibration& calibration,
                                const EvaluatorOptions& options = {}, double seconds = 5, double head_products = 1) {
  return detail::Forecaster(graph, calibration, options, seconds, head_products).run(policy);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/forecast.ipp>
#endif
