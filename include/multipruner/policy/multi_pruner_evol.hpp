// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/evolution_run.hpp>
#include <multipruner/policy/multi_pruner_evol_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// MultiPruner-Evol (arXiv 2501.09949, Algorithm 2): residual blocks are removed until a share of the target is
/// reached, as by SequentialThreshold; then NSGA-II chooses the widths of all MLP and attention blocks that are left at
/// once, for little cost on the width set of the calibration data and few parameters.
///
/// The paper leaves the settings open, and how its first population comes about. Here that holds the plan of
/// SequentialThreshold from the same blocks, one by dynamic programming over the costs of blocks that are narrowed one
/// at a time, plans in which all blocks are narrowed alike, neighbours of the sequential one, and random ones near the
/// target.
///
/// The plan is the one of the lowest cost, of all that were measured, that removes the target and not much more: at
/// most 0.1 percent of the model, or one group of MLP channels. It never costs more than the sequential one. The front
/// has what was found for other ratios. Its steps are those of the blocks, and one that goes to the plan.
///
/// Units of a block should have been ordered by importance before (`reorder`), because the last ones are removed first.
///
/// @tparam Strategy how blocks, and the sequential plan, are searched; Greedy is the paper's choice.
template <class Strategy = Greedy>
class MultiPrunerEvol {
  static_assert(SearchStrategy<Strategy>,
                "MultiPrunerEvol<Strategy>: Strategy must be a SearchStrategy: default constructible, and "
                "search(space, start, problem) returning a SearchResult");

 public:
  using Options = MultiPrunerEvolOptions;

  explicit MultiPrunerEvol(Options options, Strategy strategy = {})
      : options_(std::move(options)), strategy_(std::move(strategy)) {}

  /// A target that no widths reach is an outcome: the plan is then the narrowest one.
  /// @throws OptionError for a ratio, share, group or setting of the search that cannot work, or a block to keep that
  /// is not there; DataError for samples that there are not. Both before anything is measured.
  [[nodiscard]] PruningResult run(const RunContext& context) const {
    detail::EvolutionRun run(context, options_);
    for (const detail::StageInModel& stage : run.depth_stages()) {
      run.take_blocks(strategy_.search(stage.spaces.back(), run.plan(), run.depth_problem(stage)));
    }
    run.begin_widths();
    for (const detail::StageInModel& stage : run.width_stages()) {
      run.take_widths(strategy_.search(stage.spaces.back(), run.sequential_plan(), run.width_problem(stage)));
    }
    return std::move(run).finish();
  }

  [[nodiscard]] double target() const { return options_.ratio; }

  /// The same policy up to a smaller ratio, of which blocks have the same share. @throws OptionError as `run`
  [[nodiscard]] MultiPrunerEvol until(double ratio) const {
    Options options = options_;
    options.ratio = std::min(options.ratio, ratio);
    return MultiPrunerEvol(std::move(options), strategy_);
  }

 private:
  Options options_;
  [[no_unique_address]] Strategy strategy_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
