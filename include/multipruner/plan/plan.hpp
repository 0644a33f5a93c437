// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// What stays of a model: the choice of every residual block. A small value, cheap to copy and to compare.
///
/// Widths count channels along an axis: query channels of an attention block, channels of an MLP block; always the
/// first ones, in whole units. A block that keeps none is removed, together with its norm.
///
/// A plan has the blocks and widths of one model only: asked for others, it throws OptionError.
class Plan {
 public:
  Plan() = default;

  /// The plan that removes nothing from a model of this configuration.
  explicit Plan(const ModelConfig& config);

  /// The plan that describes a graph as it is; the one that removes nothing for a dense model.
  explicit Plan(const Graph& graph);

  [[nodiscard]] Index num_blocks() const { return static_cast<Index>(choices_.size()); }

  /// The blocks of the unpruned model.
  [[nodiscard]] const BlockList& blocks() const { return blocks_; }

  [[nodiscard]] const Choice& choice(BlockId block) const { return choices_[checked_position(block)]; }
  [[nodiscard]] Index width(BlockAxis axis) const;
  [[nodiscard]] bool removed(BlockId block) const { return is_gone(choice(block), block); }

  /// Lets a block keep what a choice says, also if it was removed before.
  void set_choice(BlockId block, const Choice& choice);

  /// Lets a block keep its first `width` channels of an axis; 0 removes a block that has no other.
  void set_width(BlockAxis axis, Index width);

  void remove(BlockId block) { set_choice(block, {}); }

  /// In the order of the residual stream: how a plan came about is not its matter.
  [[nodiscard]] std::vector<BlockId> removed_blocks() const;

  /// Whether plans of one model leave the same of it.
  friend bool operator==(const Plan& a, const Plan& b) { return a.choices_ == b.choices_; }

 private:
  [[nodiscard]] bool is_gone(const Choice& choice, BlockId block) const {
    return blocks_[block].kind().is_gone(choice);
  }

  [[nodiscard]] std::size_t checked_position(BlockId block) const;

  void require_allowed(BlockId block, const Choice& choice) const;

  BlockList blocks_;
  std::vector<Choice> choices_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/plan.ipp>
#endif
