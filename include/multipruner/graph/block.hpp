#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The two kinds of minimal residual block that every decoder layer is made of (BlockPruner, arXiv 2406.10594).
enum class BlockKind : std::uint8_t { attention, mlp };

[[nodiscard]] constexpr std::string_view name_of(BlockKind kind) {
  return kind == BlockKind::attention ? "attention" : "mlp";
}

/// One residual block: x ← x + Attention(norm(x)) or x ← x + Mlp(norm(x)) of a layer.
struct BlockId {
  Index layer = 0;
  BlockKind kind = BlockKind::attention;

  friend constexpr bool operator==(BlockId, BlockId) = default;
};

/// Blocks are numbered in the order in which the residual stream meets them: 2·layer, plus 1 for the MLP.
[[nodiscard]] constexpr Index position_of(BlockId block) {
  return 2 * block.layer + static_cast<Index>(block.kind);
}

[[nodiscard]] constexpr BlockId block_at(Index position) {
  return {position / 2, position % 2 == 0 ? BlockKind::attention : BlockKind::mlp};
}

/// "layer 3 mlp", as errors name a block.
[[nodiscard]] std::string label_of(BlockId block);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/block.ipp>
#endif
