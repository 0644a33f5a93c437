// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>
#include <multipruner/policy/detail/staged_run.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// MultiPruner, sequential variant (arXiv 2501.09949, Algorithm 1): residual blocks are removed until a first ratio is
/// reached, then groups of MLP channels until a second, then groups of attention heads until the target. Every stage
/// overshoots by at most one unit, which the next one makes use of.
///
/// Blocks are scored on the block set of the calibration data, widths on the width set. Units of a block should have
/// been ordered by importance before (`reorder`), because the last ones are removed first.
///
/// @tparam Strategy how a stage searches; Greedy is the paper's choice.
template <class Strategy = Greedy>
class SequentialThreshold {
  static_assert(SearchStrategy<Strategy>,
                "SequentialThreshold<Strategy>: Strategy must be a SearchStrategy: default constructible, and "
                "search(space, start, costs, target, ratio_of, on_step) returning a SearchResult");

 public:
  using Options = SequentialThresholdOptions;

  explicit SequentialThreshold(Options options, Strategy strategy = {})
      : options_(std::move(options)), strategy_(std::move(strategy)) {}

  /// A stage that runs out of candidates ends early and the next one goes on; the result then says whether the last
  /// threshold was reached.
  /// @throws OptionError for a ratio, distribution or group that cannot work, or a block to keep that is not there.
  [[nodiscard]] PruningResult run(const Graph& graph, Objective& objective, ProgressSink& progress,
                                  const PruningStepObserver& on_step = {}) const {
    const detail::SequentialStages stages(options_, graph.config());
    detail::StagedRun run(graph, objective, progress, on_step, stages.target());
    stages.for_each([&](PruningStage stage, const auto& space, CalibrationSet set, double threshold) {
      run.take(strategy_.search(space, run.plan(), run.problem(stage, set, threshold)));
    });
    return std::move(run).finish();
  }

  /// Whether a stage finds anything to remove from a graph, given the blocks to keep. Where none does, `run` ends at
  /// once, with that outcome. @throws OptionError as `run`.
  [[nodiscard]] bool can_remove(const Graph& graph) const {
    return detail::SequentialStages(options_, graph.config()).have_moves(Plan(graph));
  }

  /// The ratio at which the last stage ends. @throws OptionError as `run`.
  [[nodiscard]] double target() const { return target_of(detail::checked_thresholds(options_)); }

  /// The same policy, none of whose stages goes beyond `ratio` percent. @throws OptionError as `run`.
  [[nodiscard]] SequentialThreshold until(double ratio) const {
    Options options = options_;
    options.thresholds = up_to(ratio, detail::checked_thresholds(options_));
    return SequentialThreshold(std::move(options), strategy_);
  }

 private:
  Options options_;
  [[no_unique_address]] Strategy strategy_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
