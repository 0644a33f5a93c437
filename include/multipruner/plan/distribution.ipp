// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/distribution.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE void require_ratio(const std::string& option, double ratio) {
  if (ratio > 0 && ratio < 100) return;
  throw OptionError(option, std::to_string(ratio) + " is not between 0 and 100",
                    "Give the share of parameters to remove in percent, e.g. 20");
}

MULTIPRUNER_INLINE StageThresholds stage_thresholds(double ratio, const Distribution& distribution) {
  require_ratio("ratio", ratio);
  const auto& [depth, mlp_width, attention_width] = distribution;
  const double sum = depth + mlp_width + attention_width;
  if (!(depth >= 0 && mlp_width >= 0 && attention_width >= 0 && sum > 0 && std::isfinite(sum))) {
    throw OptionError("distribution", "its shares must not be negative, and at least one must be positive",
                      "Give three shares for blocks, MLP channels and heads, e.g. 44:52:4");
  }
  const double after_depth = ratio * (depth / sum);
  StageThresholds thresholds;
  if (depth > 0) thresholds.depth = after_depth;
  if (mlp_width > 0) thresholds.mlp_width = after_depth + ratio * (mlp_width / sum);
  if (attention_width > 0) thresholds.attention_width = ratio;
  return thresholds;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
