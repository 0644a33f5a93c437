// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The blocks that no stage touches. @throws OptionError for one that the model does not have.
inline const ProtectedBlocks& checked_keep(const ProtectedBlocks& keep, const ModelConfig& config) {
  for (const BlockId block : keep) {
    if (block.position >= 0 && block.position < config.num_blocks()) continue;
    throw OptionError("blocks to keep", "the model has no " + config.blocks.label(block),
                      "Name blocks from 0 to " + std::to_string(config.num_blocks() - 1));
  }
  return keep;
}

MULTIPRUNER_INLINE SequentialStages::SequentialStages(const SequentialThresholdOptions& options,
                                                      const ModelConfig& config)
    : thresholds_(checked_thresholds(options)),
      depth_{checked_keep(options.keep, config)},
      mlp_width_(config, GatedMlp::axes[0].name, options.mlp_group.value_or(default_mlp_group(config)), options.keep),
      attention_width_(config, Attention::axes[0].name,
                       options.attention_group.value_or(default_attention_group(config)), options.keep) {}

MULTIPRUNER_INLINE bool SequentialStages::have_moves(const Plan& plan) const {
  bool any = false;
  for_each([&](PruningStage, const auto& space, CalibrationSet, double) { any = any || !space.moves(plan).empty(); });
  return any;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
