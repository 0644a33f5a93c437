// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Of all axes of one name, in the order of the residual stream.
inline std::vector<AxisSize> sizes_of(const ModelConfig& config, std::string_view axis_name) {
  std::vector<AxisSize> sizes;
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes[axis].name == axis_name) sizes.push_back(block.axis(axis));
    }
  }
  return sizes;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Index default_mlp_group(const ModelConfig& config) {
  const std::vector<AxisSize> sizes = detail::sizes_of(config, GatedMlp::axes[0].name);
  const Index share = sizes.empty() ? 0 : 3 * sizes.front().width / 32;
  return share >= 32 ? share / 32 * 32 : std::max<Index>(1, share);
}

MULTIPRUNER_INLINE Index default_attention_group(const ModelConfig& config) {
  Index group = 1;
  for (const AxisSize& size : detail::sizes_of(config, Attention::axes[0].name)) group = std::lcm(group, size.unit);
  return group;
}

MULTIPRUNER_INLINE StageThresholds detail::checked_thresholds(const SequentialThresholdOptions& options) {
  if (!options.thresholds) return stage_thresholds(options.ratio, options.split);
  const auto& [depth, mlp_width, attention_width] = *options.thresholds;
  for (const auto& threshold : {depth, mlp_width, attention_width}) {
    if (threshold) require_ratio("stage threshold", *threshold);
  }
  if (!depth && !mlp_width && !attention_width) {
    throw OptionError("stage thresholds", "none is given", "Give the ratio at which at least one stage ends");
  }
  return *options.thresholds;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
