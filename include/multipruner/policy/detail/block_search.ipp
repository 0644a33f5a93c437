// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/block_search.hpp>
#include <multipruner/policy/detail/require_blocks_to_keep.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline bool is_called(const Kind& kind, std::string_view name) {
  return name == kind.name || name == kind.file_key;
}

/// @throws OptionError for a kind that no block is of.
inline void require_kinds(const ModelConfig& config, const std::vector<std::string>& names) {
  const std::vector<const Kind*> kinds = config.blocks.kinds();
  for (const std::string& name : names) {
    if (std::ranges::any_of(kinds, [&](const Kind* kind) { return is_called(*kind, name); })) continue;
    std::string known;
    for (const Kind* kind : kinds) known += (known.empty() ? "" : ", ") + std::string(kind->name);
    throw OptionError("kinds of blocks", "the model has no blocks called \"" + name + "\"",
                      "Name kinds that it has: " + known);
  }
}

/// The blocks that may go, after a check of the options and the windows.
inline BlockOrLayerRemoval open_blocks(const RunContext& context, const BlockPrunerOptions& options) {
  const ModelConfig& config = context.graph.config();
  require_blocks_to_keep(config, options.keep);
  require_kinds(config, options.kinds);
  if (options.layers && !options.kinds.empty()) {
    throw OptionError("kinds of blocks", "whole layers are to go", "Omit one of the two");
  }
  if (!options.blocks) require_ratio("ratio", options.ratio);
  if (options.blocks && *options.blocks < 1) {
    throw OptionError("number of blocks", std::to_string(*options.blocks) + " cannot be removed",
                      "Give how many blocks to remove, 1 or more");
  }
  context.objective.require_samples(block_samples);
  BlockOrLayerRemoval space{options.keep, options.layers};
  for (Index position = 0; position < config.num_blocks(); ++position) {
    const Kind& kind = config.blocks[{position}].kind();
    const auto is_named = [&](const std::string& name) { return is_called(kind, name); };
    if (!options.kinds.empty() && !std::ranges::any_of(options.kinds, is_named)) space.keep.push_back({position});
  }
  return space;
}

/// Blocks of a plan that are left, or layers of which something is.
inline Index count_left(const Plan& plan, bool layers) {
  return std::ssize(BlockOrLayerRemoval{{}, layers}.edits(plan));
}

/// The ratio at which a run is expected to end, by which it tells how far it is.
inline double expected_ratio(const Graph& graph, const BlockPrunerOptions& options, const BlockOrLayerRemoval& space) {
  if (!options.blocks) return options.ratio;
  const Plan start(graph);
  Plan none = start;
  for (const Edit& edit : space.edits(start)) none = apply(edit, std::move(none));
  const double from = pruning_ratio(graph.config(), start), all = pruning_ratio(graph.config(), none);
  const auto open = static_cast<double>(count_left(start, options.layers) - count_left(none, options.layers));
  const double share = static_cast<double>(*options.blocks) / std::max(1.0, open);
  return from + std::min(share, 1.0) * (all - from);
}

/// The same problem, but it is solved when so many blocks, or layers, are gone. Steps tell the ratio as before.
inline SearchProblem until_gone(SearchProblem problem, const Plan& start, Index number, bool layers) {
  const Index left_at_start = count_left(start, layers);
  problem.on_step = [tell = problem.on_step, ratio_of = problem.ratio_of, plan = start](SearchStep step) mutable {
    plan = apply(step.edit, std::move(plan));
    step.ratio = ratio_of(plan);
    tell(step);
  };
  problem.ratio_of = [left_at_start, layers](const Plan& plan) {
    return static_cast<double>(left_at_start - count_left(plan, layers));
  };
  problem.target = static_cast<double>(number);
  return problem;
}

MULTIPRUNER_INLINE BlockSearch::BlockSearch(const RunContext& context, const BlockPrunerOptions& options)
    : options_(options),
      space_(open_blocks(context, options)),
      run_(context, expected_ratio(context.graph, options, space_)) {}

MULTIPRUNER_INLINE SearchProblem BlockSearch::problem() {
  SearchProblem problem =
      run_.problem(options_.layers ? "layers" : "blocks", std::string(block_samples), options_.ratio);
  return options_.blocks ? until_gone(std::move(problem), start(), *options_.blocks, options_.layers) : problem;
}

MULTIPRUNER_INLINE PruningResult BlockSearch::finish(SearchResult found) && {
  run_.take(std::move(found));
  return std::move(run_).finish();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
