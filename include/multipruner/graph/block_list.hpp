// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/block_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// The residual blocks of a model in the order in which the stream meets them, before anything was pruned. They never
/// change, and copies share them: plans keep a list, too.
class BlockList {
 public:
  BlockList() = default;

  /// @throws DataError where a block does not read a stream as wide as the one before it writes, or a layer has two
  /// blocks that files would call alike.
  explicit BlockList(std::vector<BlockSpec> blocks);

  [[nodiscard]] Index size() const { return blocks_ ? static_cast<Index>(blocks_->size()) : 0; }

  /// @throws OptionError for a position that the model does not have.
  [[nodiscard]] const BlockSpec& operator[](BlockId block) const;

  /// "layer 3 mlp"; "block 70" for a position that the model does not have.
  [[nodiscard]] std::string label(BlockId block) const;

  /// The block of a layer and of a kind of this name.
  [[nodiscard]] std::optional<BlockId> find(Index layer, std::string_view kind) const;

  /// The kinds that there are, in the order in which the stream meets them.
  [[nodiscard]] std::vector<const Kind*> kinds() const;

  [[nodiscard]] const BlockSpec* begin() const { return blocks_ ? blocks_->data() : nullptr; }
  [[nodiscard]] const BlockSpec* end() const { return begin() + size(); }

 private:
  std::shared_ptr<const std::vector<BlockSpec>> blocks_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/block_list.ipp>
#endif
