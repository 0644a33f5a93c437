// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Options of SequentialThreshold.
struct SequentialThresholdOptions {
  double ratio = 20;                            ///< target, percent of the whole model's parameters
  Distribution split{};                         ///< shares of blocks, MLP channels and heads
  std::optional<StageThresholds> thresholds{};  ///< ratios at which the stages end, instead of ratio and split
  std::optional<Index> mlp_group{};             ///< MLP channels removed together; by default about 3/32 of a block
  std::optional<Index> attention_group{};       ///< query channels removed together; by default one key/value group
  ProtectedBlocks keep{};                       ///< blocks that no stage touches
};

/// MLP channels that are removed together unless the user says otherwise: 3/32 of a block, in whole multiples of 32
/// where that leaves any. Gives the groups of the paper for its models (1024 of 11008, 768 of 8192).
[[nodiscard]] Index default_mlp_group(const ModelConfig& config);

/// Query channels that are removed together unless the user says otherwise: one key/value group, or as many as are
/// whole groups of every block where blocks differ.
[[nodiscard]] Index default_attention_group(const ModelConfig& config);

namespace detail {

/// The thresholds that options ask for, all of them possible. @throws OptionError for a ratio or split that cannot
/// work.
[[nodiscard]] StageThresholds checked_thresholds(const SequentialThresholdOptions& options);

}  // namespace detail
}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/sequential_threshold_options.ipp>
#endif
