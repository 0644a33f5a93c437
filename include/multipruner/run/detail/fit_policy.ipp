// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/error.hpp>
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

MULTIPRUNER_INLINE void require_held(const FormatStructure& structure, const RunSpec& spec) {
  const std::string target = "--target " + spec.target.value_or("");
  if (!structure.narrower) {
    throw OptionError(target, "it holds whole layers, and --policy " + spec.policy + " makes them narrower",
                      "Use a policy that removes layers, e.g. shortgpt");
  }
  if (!structure.fewer_blocks && spec.depth_share.value_or(0) > 0) {
    throw OptionError("--depth-share", target + " needs all layers of this model", "Omit it");
  }
  if (!structure.fewer_heads && spec.head_group) {
    throw OptionError("--head-group", target + " needs all heads of this model", "Omit it");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
