// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/layer_walk.hpp>
#include <multipruner/policy/detail/require_blocks_to_keep.hpp>
#include <multipruner/policy/detail/require_unsliced.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE LayerWalk::LayerWalk(const RunContext& context, const LayerPruningOptions& options)
    : context_(context), options_(options) {
  require_blocks_to_keep(context.graph.config(), options.keep);
  if (!options.layers) require_ratio("ratio", options.ratio);
  if (options.layers && *options.layers < 1) {
    throw OptionError("number of layers", std::to_string(*options.layers) + " cannot be removed",
                      "Give how many layers to remove, 1 or more");
  }
  require_unsliced(context.graph.config(), "its stream is sliced: what layers do to it cannot be compared",
                   "Remove layers of the model that it was made from, or use another policy");
  result_.plan = Plan(context.graph);
  result_.ratio = pruning_ratio(context.graph.config(), result_.plan);
}

MULTIPRUNER_INLINE std::vector<Edit> LayerWalk::layers() const {
  return LayerRemoval{options_.keep}.edits(result_.plan);
}

MULTIPRUNER_INLINE bool LayerWalk::reached_by(const std::vector<Edit>& layers) const {
  Plan plan = result_.plan;
  for (const Edit& layer : layers) plan = apply(layer, std::move(plan));
  return reached_by(plan, gone_ + static_cast<Index>(layers.size()));
}

MULTIPRUNER_INLINE bool LayerWalk::reached_by(const Plan& plan, Index layers) const {
  return options_.layers ? layers >= *options_.layers : pruning_ratio(context_.graph.config(), plan) >= options_.ratio;
}

MULTIPRUNER_INLINE void LayerWalk::take(const Edit& layer) {
  constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();
  result_.plan = apply(layer, std::move(result_.plan));
  result_.ratio = pruning_ratio(context_.graph.config(), result_.plan);
  ++gone_;
  result_.steps.push_back({"layers", {.edit = layer, .cost = not_measured, .ratio = result_.ratio}});
  if (context_.on_step) context_.on_step(result_.steps.back());
}

MULTIPRUNER_INLINE PruningResult LayerWalk::finish() && {
  result_.outcome = reached() ? SearchOutcome::reached : SearchOutcome::no_candidate;
  return std::move(result_);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
