// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/model_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What a stage may remove: whole residual blocks, whole layers, or groups of channels along all axes of one name.
struct StageSelector {
  std::string axis{};            ///< such as "MLP channels" or "attention heads"; empty: whole blocks, or `layers`
  std::optional<Index> group{};  ///< channels that are removed together; nothing: `default_group`
  bool layers = false;           ///< without an axis: all blocks of a layer at once
  /// The group near the end of the stage: where one group more may pass it, smaller ones go, down to this; nothing: the
  /// group stays as it is. A divisor of the group, of whole units.
  std::optional<Index> finest_group{};
  bool alike = false;  ///< with an axis: all blocks become narrower at once, so that they stay alike

  friend bool operator==(const StageSelector&, const StageSelector&) = default;
};

/// One stage of SequentialThreshold: what it removes, how much, and on which windows it judges that.
struct PruningStage {
  /// With several, a step compares the candidates of all of them.
  std::vector<StageSelector> removes{};
  double share = 1;               ///< of the target, in proportion to those of the other stages; 0 skips the stage
  std::optional<double> until{};  ///< the ratio at which it ends, in percent of the whole model; instead of the share
  /// The name of the windows; empty: `block_samples` where it removes whole blocks, else `width_samples`.
  std::string samples{};

  friend bool operator==(const PruningStage&, const PruningStage&) = default;
};

/// What people call a stage: "blocks", "MLP channels and attention heads".
[[nodiscard]] std::string name_of(const PruningStage& stage);

/// Channels along the axes of a name that are removed together unless the user says otherwise. Of single channels 3/32
/// of a block, in whole multiples of 32 where that leaves any: the groups of the paper for its models (1024 of 11008,
/// 768 of 8192). Of larger units one, or as many channels as are whole units of every block where blocks differ.
[[nodiscard]] Index default_group(const ModelConfig& config, std::string_view axis);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/pruning_stage.ipp>
#endif
