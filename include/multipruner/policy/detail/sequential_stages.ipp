// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE StageSpace::StageSpace(const PruningStage& stage, const ModelConfig& config,
                                          const ProtectedBlocks& keep) {
  for (const StageSelector& selector : stage.removes) {
    if (selector.axis.empty()) {
      spaces_.emplace_back([space = BlockRemoval{keep}](const Plan& plan) { return space.moves(plan); });
    } else {
      const Index group = selector.group.value_or(default_group(config, selector.axis));
      spaces_.emplace_back([space = WidthReduction(config, selector.axis, group, keep)](const Plan& plan) {
        return space.moves(plan);
      });
    }
  }
}

MULTIPRUNER_INLINE std::vector<Move> StageSpace::moves(const Plan& plan) const {
  std::vector<Move> moves;
  for (const auto& space : spaces_) {
    const std::vector<Move> more = space(plan);
    moves.insert(moves.end(), more.begin(), more.end());
  }
  return moves;
}

MULTIPRUNER_INLINE std::vector<StageInModel> stages_in(const ModelConfig& config,
                                                       const SequentialThresholdOptions& options) {
  for (const BlockId block : options.keep) {
    if (block.position >= 0 && block.position < config.num_blocks()) continue;
    throw OptionError("blocks to keep", "the model has no " + config.blocks.label(block),
                      "Name blocks from 0 to " + std::to_string(config.num_blocks() - 1));
  }
  std::vector<StageInModel> stages;
  for (const PruningStage& stage : stages_of(options)) {
    stages.push_back({name_of(stage), StageSpace(stage, config, options.keep), stage.samples, *stage.until});
  }
  return stages;
}

MULTIPRUNER_INLINE double target_of(const std::vector<PruningStage>& stages) {
  double target = 0;
  for (const PruningStage& stage : stages) target = std::max(target, *stage.until);
  return target;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
