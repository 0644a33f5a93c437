#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/move.hpp>

namespace multipruner {

/// The moves that are open from a plan, in the order in which ties are decided: of equal costs the first move wins.
template <class S>
concept SearchSpace = requires(const S& space, const Plan& plan) {
  { space.moves(plan) } -> std::same_as<std::vector<Move>>;
};

/// Blocks that a search leaves as they are.
using ProtectedBlocks = std::vector<BlockId>;

[[nodiscard]] inline bool contains(const ProtectedBlocks& blocks, BlockId block) {
  return std::ranges::find(blocks, block) != blocks.end();
}

/// Removal of whole blocks: attention of every layer, layers ascending, then MLP of every layer; those excepted that
/// are to be kept.
struct BlockRemoval {
  ProtectedBlocks keep = {};

  [[nodiscard]] std::vector<Move> moves(const Plan& plan) const {
    std::vector<Move> moves;
    for (const BlockKind kind : {BlockKind::attention, BlockKind::mlp}) {
      for (Index layer = 0; layer < plan.num_layers(); ++layer) {
        if (!plan.removed({layer, kind}) && !contains(keep, {layer, kind})) moves.push_back({{layer, kind}, 0});
      }
    }
    return moves;
  }
};

/// Narrowing of the blocks of one kind by a fixed group of channels, layers ascending; a block never vanishes this way.
class WidthReduction {
 public:
  /// @param group channels that one move takes away; for attention query channels, whole key/value groups.
  /// @param keep blocks that stay as they are
  /// @throws OptionError if the group is not positive, or would cut through a key/value group.
  WidthReduction(const ModelConfig& config, BlockKind kind, Index group, ProtectedBlocks keep = {})
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

  [[nodiscard]] std::vector<Move> moves(const Plan& plan) const {
    std::vector<Move> moves;
    for (Index layer = 0; layer < plan.num_layers(); ++layer) {
      const Index narrower = plan.width({layer, kind_}) - group_;
      if (narrower > 0 && !contains(keep_, {layer, kind_})) moves.push_back({{layer, kind_}, narrower});
    }
    return moves;
  }

 private:
  BlockKind kind_;
  Index group_;
  ProtectedBlocks keep_;
};

}  // namespace multipruner
