// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/edit.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// The edits that are open from a plan, in the order in which ties are decided: of equal costs the first one wins.
template <class S>
concept SearchSpace = requires(const S& space, const Plan& plan) {
  { space.edits(plan) } -> std::same_as<std::vector<Edit>>;
};

/// Blocks that a search leaves as they are.
using ProtectedBlocks = std::vector<BlockId>;

[[nodiscard]] bool contains(const ProtectedBlocks& blocks, BlockId block);

/// Removal of whole blocks: those of the kind that the stream meets first, e.g. attention of every layer, layers
/// ascending, then those of the next, e.g. MLPs; those excepted that are to be kept.
struct BlockRemoval {
  ProtectedBlocks keep = {};

  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const;
};

/// Removal of whole layers: of what is left of all blocks that people count to one, in ascending order; those excepted
/// of which a block is to be kept.
struct LayerRemoval {
  ProtectedBlocks keep = {};

  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const;
};

/// Narrowing of all blocks along the axis of one name by a fixed group of channels, in the order of the residual
/// stream; no block vanishes this way. A switch, which is one channel, is turned off.
class WidthReduction {
 public:
  /// @param axis  the name of the axis, e.g. "MLP channels"
  /// @param group channels that one edit takes away; of attention query channels, whole key/value groups.
  /// @param keep blocks that stay as they are
  /// @throws OptionError if the group is not positive, or would cut through a unit of any block.
  WidthReduction(const ModelConfig& config, std::string_view axis, Index group, ProtectedBlocks keep = {});

  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const;

  /// Along which it narrows blocks.
  [[nodiscard]] const std::vector<BlockAxis>& axes() const { return axes_; }

 private:
  std::vector<BlockAxis> axes_;
  Index group_;
};

/// Narrowing of all blocks that are left along the axis of one name at once, so that they stay alike: for formats in
/// which all layers have the same sizes.
class AlikeReduction {
 public:
  /// @throws OptionError as WidthReduction, and for blocks to keep that have such an axis: the others could not stay
  /// like them
  AlikeReduction(const ModelConfig& config, std::string_view axis, Index group, const ProtectedBlocks& keep = {});

  /// One edit, as long as no block would vanish with it.
  [[nodiscard]] std::vector<Edit> edits(const Plan& plan) const;

 private:
  WidthReduction each_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/search_space.ipp>
#endif
