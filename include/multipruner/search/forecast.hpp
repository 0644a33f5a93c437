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
    const CountingEngine& engine = evaluator.engine();
    Forecast forecast{.steps = static_cast<Index>(result.steps.size()), .work = evaluator.statistics()};
    const WindowParts parts(calibration_.block, options_);  // of which the last one may be short
    const double windows_per_stream = static_cast<double>(parts.windows()) / static_cast<double>(parts.count());
    const Index bytes_of_window =
        product_of_sizes("residual stream", {calibration_.block.length, graph_.config().hidden_size, sizeof(float)});
    forecast.stream_bytes = static_cast<Index>(static_cast<double>(engine.most_streams()) * windows_per_stream *
                                               static_cast<double>(bytes_of_window));
    for (const auto& [block, windows] : engine.runs()) {
      forecast.seconds += static_cast<double>(windows) * times_.block(block.first, block.second);
    }
    const auto per_stream = [&](Index streams) { return static_cast<double>(streams) * windows_per_stream; };
    forecast.seconds +=
        per_stream(engine.streams_made()) * times_.copy() + per_stream(engine.most_streams()) * times_.first_touch() +
        static_cast<double>(engine.embedded_windows()) * times_.embed() + static_cast<double>(losses) * times_.loss();
    forecast.pass_seconds = pass_seconds();
    forecast.ratio = result.ratio;
    return forecast;
  }

 private:
  /// As many as a pass takes, but not so many that this alone takes long.
  [[nodiscard]] WindowRange measured_windows() const;

  [[nodiscard]] double pass_seconds() const;

  [[nodiscard]] Index narrower(BlockId block) const;

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
