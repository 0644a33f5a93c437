// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/block_pruner_options.hpp>
#include <multipruner/policy/detail/staged_run.hpp>
#include <multipruner/policy/run_context.hpp>
#include <multipruner/search/search_problem.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Removal of blocks one by one, or of whole layers.
struct BlockOrLayerRemoval {
  ProtectedBlocks keep{};
  bool layers = false;

  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const {
    return layers ? LayerRemoval{keep}.edits(plan) : BlockRemoval{keep}.edits(plan);
  }
};

/// The search of a run of BlockPruner: among which blocks, until when, and what it has come to.
class BlockSearch {
 public:
  /// @throws OptionError for options that cannot work for this model, DataError where there are no windows for blocks.
  BlockSearch(const RunContext& context, const BlockPrunerOptions& options);

  [[nodiscard]] const BlockOrLayerRemoval& space() const { return space_; }
  [[nodiscard]] const Plan& start() const { return run_.plan(); }

  /// Of use until the next call; the search must stay where it is.
  [[nodiscard]] SearchProblem problem();

  [[nodiscard]] PruningResult finish(SearchResult found) &&;

 private:
  const BlockPrunerOptions& options_;
  BlockOrLayerRemoval space_;
  StagedRun run_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/block_search.ipp>
#endif
