#pragma once

#include <algorithm>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Index default_mlp_group(const ModelConfig& config) {
  const Index share = 3 * config.intermediate_size / 32;
  return share >= 32 ? share / 32 * 32 : std::max<Index>(1, share);
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
