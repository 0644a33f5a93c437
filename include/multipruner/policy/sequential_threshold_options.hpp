// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/policy/cost_rule.hpp>
#include <multipruner/policy/plan_ratio.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/search/cost_request.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Options of SequentialThreshold: MultiPruner's three stages, blocks, MLP channels and attention heads, with their
/// shares and groups; or other stages.
struct SequentialThresholdOptions {
  double ratio = 20;                            ///< target, percent of the whole model
  Distribution split{};                         ///< shares of blocks, MLP channels and heads
  std::optional<StageThresholds> thresholds{};  ///< ratios at which the three stages end, instead of ratio and split
  std::optional<Index> mlp_group{};             ///< MLP channels removed together; by default `default_group`
  std::optional<Index> finest_mlp_group{};      ///< the same near the end of a stage; by default `mlp_group`
  std::optional<Index> attention_group{};       ///< query channels removed together; by default `default_group`
  /// Other stages, in their order, instead of the three. Their shares are of `ratio`; those of MLP channels and heads
  /// have the groups above unless they name others.
  std::vector<PruningStage> stages{};
  ProtectedBlocks keep{};  ///< blocks that no stage touches
  /// What a stage cannot remove because it runs out of candidates, the others do not remove either. Otherwise the last
  /// one that has some goes on to the target. Stages with `thresholds` always end where these say.
  bool strict = false;
  bool never_past = false;  ///< no step passes the target; otherwise the last one does, by one unit at most
  PlanScore score{};        ///< by which candidates are compared; empty: as the rule says
  CostRule rule = CostRule::cost;
  PlanRatio ratio_of{};         ///< what the target and the ends of stages are of; empty: parameters. Steps tell those
  PlanRatio removed_by_rule{};  ///< what a rule that looks at what is removed counts; empty: parameters
};

/// The stages that options ask for, each with the ratio at which it ends; those without a share are gone.
/// @throws OptionError for a ratio, share or threshold that cannot work, and where no stage is left.
[[nodiscard]] std::vector<PruningStage> stages_of(const SequentialThresholdOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/sequential_threshold_options.ipp>
#endif
