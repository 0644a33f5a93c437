// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/stream_slicer.hpp>
#include <multipruner/policy/slice_gpt.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE PruningResult SliceGpt::run(const RunContext& context) const {
  const Plan before(context.graph);
  detail::require_sliceable(context.graph.config());
  const Index width = sliced_width(context.graph.config(), before, options_);
  PruningResult result{.plan = before,
                       .ratio = pruning_ratio(sliced_config(context.graph.config(), before, width), before)};
  if (!options_.slicing && result.ratio < options_.ratio) result.outcome = SearchOutcome::no_candidate;
  const TokenWindows* const windows = context.statistics.windows(1);
  if (windows == nullptr) return result;  // a dry run
  result.graph = detail::StreamSlicer(context.graph, *windows, width, options_, context.seed, context.progress).run();
  result.plan = Plan(*result.graph);
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
