// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>
#include <multipruner/policy/detail/staged_run.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// MultiPruner, sequential variant (arXiv 2501.09949, Algorithm 1): residual blocks are removed until a first ratio is
/// reached, then groups of MLP channels until a second, then groups of attention heads until the target. Other stages
/// can be given, in any order, also such that compare candidates of several sorts. Every stage overshoots by at most
/// one unit, which the next one makes use of.
///
/// Blocks are scored on the block set of the calibration data, widths on the width set. Units of a block should have
/// been ordered by importance before (`reorder`), because the last ones are removed first.
///
/// @tparam Strategy how a stage searches; Greedy is the paper's choice.
template <class Strategy = Greedy>
class SequentialThreshold {
  static_assert(SearchStrategy<Strategy>,
                "SequentialThreshold<Strategy>: Strategy must be a SearchStrategy: default constructible, and "
                "search(space, start, problem) returning a SearchResult");

 public:
  using Options = SequentialThresholdOptions;

  explicit SequentialThreshold(Options options, Strategy strategy = {})
      : options_(std::move(options)), strategy_(std::move(strategy)) {}

  /// A stage that runs out of candidates ends early and the next one goes on; if the last one does, and the options are
  /// not strict, those before it go on to the target, the last of them first. The result says whether it was reached:
  /// with `never_past` as nearly as the smallest unit allows.
  /// @throws OptionError for a ratio, distribution or group that cannot work, or a block to keep that is not there;
  /// DataError for samples that there are not. Both before anything is measured.
  [[nodiscard]] PruningResult run(const RunContext& context) const {
    const std::vector<detail::StageInModel> stages = detail::stages_in(context.graph.config(), options_);
    for (const detail::StageInModel& stage : stages) context.objective.require_samples(stage.samples);
    detail::StagedRun run(context, target(),
                          {options_.score, options_.rule, options_.ratio_of, options_.removed_by_rule});
    for (const detail::StageInModel& stage : stages) search(stage, stage.until, run);
    const bool hands_over = !options_.strict && !options_.thresholds;
    for (auto stage = stages.rbegin(); hands_over && stage != stages.rend() && run.ran_out(); ++stage) {
      search(*stage, target(), run);
    }
    const bool open = hands_over ? has_edits(stages, run.plan()) : stages.back().spaces.back().has_edits(run.plan());
    if (options_.never_past && run.ran_out() && open) run.accept();
    return std::move(run).finish();
  }

  /// Whether a stage finds anything to remove from a graph, given the blocks to keep. Where none does, `run` ends at
  /// once, with that outcome. @throws OptionError as `run`.
  [[nodiscard]] bool can_remove(const Graph& graph) const {
    const Plan plan(graph);
    return has_edits(detail::stages_in(graph.config(), options_), plan);
  }

  /// The highest ratio at which a stage ends. @throws OptionError as `run`.
  [[nodiscard]] double target() const { return detail::target_of(stages_of(options_)); }

  /// The same policy, none of whose stages goes beyond `ratio` percent. @throws OptionError as `run`.
  [[nodiscard]] SequentialThreshold until(double ratio) const {
    Options options = options_;
    options.stages = stages_of(options_);
    for (PruningStage& stage : options.stages) stage.until = std::min(*stage.until, ratio);
    return SequentialThreshold(std::move(options), strategy_);
  }

 private:
  /// Goes on with a stage: with smaller and smaller groups, as near to its end as each can come without passing it, and
  /// then beyond with the smallest ones.
  void search(const detail::StageInModel& stage, double until, detail::StagedRun& run) const {
    for (const detail::StageSpace& space : stage.spaces) {
      const bool last = &space == &stage.spaces.back();
      const double end = last ? until : until - space.largest_gain(run.plan());
      run.take(strategy_.search(space, run.plan(), run.problem(stage.name, stage.samples, end)));
    }
  }

  [[nodiscard]] static bool has_edits(const std::vector<detail::StageInModel>& stages, const Plan& plan) {
    return std::ranges::any_of(stages, [&](const auto& stage) { return stage.spaces.back().has_edits(plan); });
  }

  Options options_;
  [[no_unique_address]] Strategy strategy_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
