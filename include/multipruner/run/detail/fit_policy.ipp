// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/run/detail/fit_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void fit_stages(SequentialThresholdOptions& options, RunSpec& spec, const PolicyInput& input) {
  if (input.mask.kept && input.mask.has_mask()) align_groups(input.graph, options);
  resolve_groups(input.graph.config(), options);
  spec.mlp_group = options.mlp_group;
  spec.head_group = options.attention_group;
  const ProtectedBlocks of_target = std::exchange(options.keep, {});
  resolve_kept_blocks(input.graph, spec, options);
  options.keep.insert(options.keep.end(), of_target.begin(), of_target.end());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
