// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/block_pruner_options.hpp>
#include <multipruner/policy/detail/block_search.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// BlockPruner (arXiv 2406.10594): removes the attention or MLP block without which the model does best, again and
/// again, until as many blocks, or as much of the model, as is asked for is gone. Decides as the depth stage of
/// SequentialThreshold, on the same windows: those for blocks.
///
/// @tparam Strategy how it searches; Greedy is the paper's choice.
template <class Strategy = Greedy>
class BlockPruner {
  static_assert(SearchStrategy<Strategy>,
                "BlockPruner<Strategy>: Strategy must be a SearchStrategy: default constructible, and search(space, "
                "start, problem) returning a SearchResult");

 public:
  using Options = BlockPrunerOptions;

  explicit BlockPruner(Options options, Strategy strategy = {})
      : options_(std::move(options)), strategy_(std::move(strategy)) {}

  /// Runs out of blocks where too few may go; the result then says so.
  /// @throws OptionError for a ratio or a number that cannot be, a kind that the model does not have, or a block to
  /// keep that is not there; DataError where there are no windows for blocks. All before anything is measured.
  [[nodiscard]] PruningResult run(const RunContext& context) const {
    detail::BlockSearch search(context, options_);
    return std::move(search).finish(strategy_.search(search.space(), search.start(), search.problem()));
  }

 private:
  Options options_;
  [[no_unique_address]] Strategy strategy_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
