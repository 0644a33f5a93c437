#pragma once

#include <multipruner/plan/pruning_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE PruningConfig to_pruning_config(const ModelConfig& config, const Plan& plan) {
  PruningConfig result;
  for (const BlockId block : plan.removal_order()) {
    (block.kind == BlockKind::attention ? result.pruned_attn_idx : result.pruned_mlp_idx).push_back(block.layer);
  }
  for (Index layer = 0; layer < plan.num_layers(); ++layer) {
    const BlockId attention{layer, BlockKind::attention};
    const BlockId mlp{layer, BlockKind::mlp};
    result.pruned_attn_width[layer] = plan.removed(attention) ? config.attention_width() : plan.width(attention);
    result.pruned_mlp_width[layer] = plan.removed(mlp) ? config.intermediate_size : plan.width(mlp);
  }
  return result;
}

MULTIPRUNER_INLINE Plan to_plan(const ModelConfig& config, const PruningConfig& pruning) {
  Plan plan(config);
  for (const Index layer : pruning.pruned_attn_idx) plan.remove({layer, BlockKind::attention});
  for (const Index layer : pruning.pruned_mlp_idx) plan.remove({layer, BlockKind::mlp});
  const auto narrow = [&](BlockKind kind, const std::map<Index, Index>& widths) {
    for (const auto& [layer, width] : widths) {
      if (!plan.removed({layer, kind})) plan.set_width({layer, kind}, width);
    }
  };
  narrow(BlockKind::attention, pruning.pruned_attn_width);
  narrow(BlockKind::mlp, pruning.pruned_mlp_width);
  return plan;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
