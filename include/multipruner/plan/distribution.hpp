#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <multipruner/core/error.hpp>

namespace multipruner {

/// How a pruning target is shared between the three stages of MultiPruner (arXiv 2501.09949): blocks, MLP channels,
/// attention heads. Only the proportions matter; a share of 0 skips its stage.
struct Distribution {
  double depth = 44;
  double mlp_width = 52;
  double attention_width = 4;
};

/// The pruning ratios, in percent, at which the three stages end; a stage without one is skipped. They are cumulative:
/// each stage goes on from what the one before it reached, overshoot included.
struct StageThresholds {
  std::optional<double> depth{};
  std::optional<double> mlp_width{};
  std::optional<double> attention_width{};
};

/// The same stages, none of which goes beyond `ratio` percent.
[[nodiscard]] inline StageThresholds up_to(double ratio, StageThresholds thresholds) {
  for (auto* threshold : {&thresholds.depth, &thresholds.mlp_width, &thresholds.attention_width}) {
    if (*threshold) *threshold = std::min(**threshold, ratio);
  }
  return thresholds;
}

/// The ratio at which the last stage ends; 0 if there is none.
[[nodiscard]] inline double target_of(const StageThresholds& thresholds) {
  return std::max(
      {thresholds.depth.value_or(0), thresholds.mlp_width.value_or(0), thresholds.attention_width.value_or(0)});
}

/// @throws OptionError if a ratio is not a percentage between 0 and 100, both ends excluded.
inline void require_ratio(const std::string& option, double ratio) {
  if (ratio > 0 && ratio < 100) return;
  throw OptionError(option, std::to_string(ratio) + " is not between 0 and 100",
                    "Give the share of parameters to remove in percent, e.g. 20");
}

/// Thresholds τ·a, τ·a + τ·b and τ for a target of τ percent, exactly in the order of operations of the reference.
/// @throws OptionError if the target is not between 0 and 100, or a share is negative or all are zero.
[[nodiscard]] inline StageThresholds stage_thresholds(double ratio, const Distribution& distribution) {
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

}  // namespace multipruner
