// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

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

/// @throws OptionError if a ratio is not a percentage between 0 and 100, both ends excluded.
void require_ratio(const std::string& option, double ratio);

/// Thresholds τ·a, τ·a + τ·b and τ for a target of τ percent, exactly in the order of operations of the reference.
/// @throws OptionError if the target is not between 0 and 100, or a share is negative or all are zero.
[[nodiscard]] StageThresholds stage_thresholds(double ratio, const Distribution& distribution);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/distribution.ipp>
#endif
