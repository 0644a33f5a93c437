#pragma once

#include <concepts>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/move.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The moves that are open from a plan, in the order in which ties are decided: of equal costs the first move wins.
template <class S>
concept SearchSpace = requires(const S& space, const Plan& plan) {
  { space.moves(plan) } -> std::same_as<std::vector<Move>>;
};

/// Blocks that a search leaves as they are.
using ProtectedBlocks = std::vector<BlockId>;

[[nodiscard]] bool contains(const ProtectedBlocks& blocks, BlockId block);

/// Removal of whole blocks: attention of every layer, layers ascending, then MLP of every layer; those excepted that
/// are to be kept.
struct BlockRemoval {
  ProtectedBlocks keep = {};

  [[nodiscard]] std::vector<Move> moves(const Plan& plan) const;
};

/// Narrowing of the blocks of one kind by a fixed group of channels, layers ascending; a block never vanishes this way.
class WidthReduction {
 public:
  /// @param group channels that one move takes away; for attention query channels, whole key/value groups.
  /// @param keep blocks that stay as they are
  /// @throws OptionError if the group is not positive, or would cut through a key/value group.
  WidthReduction(const ModelConfig& config, BlockKind kind, Index group, ProtectedBlocks keep = {});

  [[nodiscard]] std::vector<Move> moves(const Plan& plan) const;

 private:
  BlockKind kind_;
  Index group_;
  ProtectedBlocks keep_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/search_space.ipp>
#endif
