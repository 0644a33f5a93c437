// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/block_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// Where a view takes its blocks from, in place of narrowing those of its graph: weights that make up for the channels
/// that are gone, for instance.
///
/// A block depends on its position and its choice, and on nothing else: plans share what they have in common, and costs
/// are remembered by plans. What depends on other blocks, too, makes a new graph.
class BlockSource {
 public:
  BlockSource() = default;
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;
  virtual ~BlockSource() = default;

  /// A block as a choice leaves it, with the shapes and scalar types that narrowing gives it. Always the same for the
  /// same choice; valid as long as the object lives. @throws OptionError for a block or a choice that there is not.
  [[nodiscard]] virtual BlockView block(BlockId block, const Choice& choice) const = 0;

  /// What the blocks depend on besides the graph, for who remembers costs: method, settings, text.
  [[nodiscard]] virtual std::string identity() const = 0;
};

/// The first rows and columns of a block of a graph, as many as a choice leaves.
/// @throws OptionError for a block that the graph does not have, or a choice of more than is left of it.
[[nodiscard]] BlockView narrowed(const Graph& graph, BlockId block, const Choice& choice);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/block_source.ipp>
#endif
