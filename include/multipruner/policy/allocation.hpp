// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/allocation_options.hpp>
#include <multipruner/policy/detail/allocation_run.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Chooses the widths of all MLP and attention blocks at once, from what each of them costs at a few widths.
///
/// 1. Every block is narrowed alone, to some levels, and measured on the width set of the calibration data.
/// 2. Dynamic programming finds the widths whose costs in that table have the lowest sum, of those on target. The
/// search
///    begins there, or at blocks that are all narrowed alike where that costs less.
/// 3. Level switches improve them (EvoPress, arXiv 2410.14649): one block gets some groups back, and another one loses
/// as
///    much. In each round, offspring of the best plan are compared with it on a share of the windows, and the finalists
///    on all; half of the offspring are those that the table likes best. The step goes from several groups down to one.
///
/// On target is a ratio from the targeted one to a little above: at most 0.1 percent of the model, or one group of MLP
/// channels. The plan never costs more than the one of dynamic programming. It is the only step of the run, behind
/// those of whole blocks, if these have a share (`depth_share`).
///
/// Where an Evaluator takes narrowed blocks from a BlockSource, all candidates are those of that source, e.g.
/// compensated ones. It compares on a share of the windows only as far as it has windows in parts
/// (`EvaluatorOptions::least_parts`).
///
/// In turns (`Pruner`, `--compensate-every`) it chooses anew, for a little more each, in what compensation has made of
/// the model before.
///
/// Units of a block should have been ordered by importance before (`reorder`), because the last ones are removed first.
///
/// @tparam Strategy how whole blocks are searched
template <class Strategy = Greedy>
class Allocation {
  static_assert(SearchStrategy<Strategy>,
                "Allocation<Strategy>: Strategy must be a SearchStrategy: default constructible, and search(space, "
                "start, problem) returning a SearchResult");

 public:
  using Options = AllocationOptions;

  explicit Allocation(Options options, Strategy strategy = {})
      : options_(std::move(options)), strategy_(std::move(strategy)) {}

  /// A target that no widths reach is an outcome: the plan is then the narrowest one.
  /// @throws OptionError for a ratio, share, group or setting of the search that cannot work, or a block to keep that
  /// is not there; DataError for samples that there are not. Both before anything is measured.
  [[nodiscard]] PruningResult run(const RunContext& context) const {
    detail::AllocationRun run(context, options_);
    for (const detail::StageInModel& stage : run.depth_stages()) {
      run.take_blocks(strategy_.search(stage.spaces.back(), run.plan(), run.depth_problem(stage)));
    }
    return std::move(run).finish();
  }

  [[nodiscard]] double target() const { return options_.ratio; }

  /// The same policy up to a smaller ratio, of which blocks have the same share. @throws OptionError as `run`
  [[nodiscard]] Allocation until(double ratio) const {
    Options options = options_;
    options.ratio = std::min(options.ratio, ratio);
    return Allocation(std::move(options), strategy_);
  }

 private:
  Options options_;
  [[no_unique_address]] Strategy strategy_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
