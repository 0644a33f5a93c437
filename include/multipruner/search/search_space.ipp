#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE bool contains(const ProtectedBlocks& blocks, BlockId block) {
  return std::ranges::find(blocks, block) != blocks.end();
}

MULTIPRUNER_INLINE std::vector<Move> BlockRemoval::moves(const Plan& plan) const {
  std::vector<Move> moves;
  for (const BlockKind kind : {BlockKind::attention, BlockKind::mlp}) {
    for (Index layer = 0; layer < plan.num_layers(); ++layer) {
      if (!plan.removed({layer, kind}) && !contains(keep, {layer, kind})) moves.push_back({{layer, kind}, 0});
    }
  }
  return moves;
}

MULTIPRUNER_INLINE WidthReduction::WidthReduction(const ModelConfig& config, BlockKind kind, Index group,
                                                  ProtectedBlocks keep)
    : kind_(kind), group_(group), keep_(std::move(keep)) {
  if (kind == BlockKind::attention && config.num_key_value_heads < 1) {
    throw OptionError("attention group", "the configuration has no key/value heads", "Set the sizes of the model");
  }
  const Index unit = config.unit_width(kind);
  if (group >= 1 && group % unit == 0) return;
  throw OptionError(std::string(name_of(kind)) + " group",
                    std::to_string(group) + " channels cannot be removed together",
                    "Use a positive multiple of " + std::to_string(unit) +
                        (kind == BlockKind::attention ? " (query heads per key/value head times head_dim)" : ""));
}

MULTIPRUNER_INLINE std::vector<Move> WidthReduction::moves(const Plan& plan) const {
  std::vector<Move> moves;
  for (Index layer = 0; layer < plan.num_layers(); ++layer) {
    const Index narrower = plan.width({layer, kind_}) - group_;
    if (narrower > 0 && !contains(keep_, {layer, kind_})) moves.push_back({{layer, kind_}, narrower});
  }
  return moves;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
