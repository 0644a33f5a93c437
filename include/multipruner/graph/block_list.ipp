// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/block_list.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Files, logs and people tell blocks by layer and kind, and widths by layer and axis.
/// @throws DataError where that does not tell two of them apart.
inline void require_names(const std::vector<BlockSpec>& blocks) {
  enum Of { kinds, keys, axes };
  std::set<std::tuple<Index, Of, std::string_view>> known;
  for (const BlockSpec& block : blocks) {
    bool is_new = known.emplace(block.layer(), kinds, block.kind().name).second;
    is_new = known.emplace(block.layer(), keys, block.kind().file_key).second && is_new;
    for (const AxisInfo& axis : block.kind().axes) {
      is_new = known.emplace(block.layer(), axes, axis.file_key).second && is_new;
    }
    if (is_new) continue;
    throw DataError("configuration: " + block.label(),
                    "its layer has another block that would have the same name in files",
                    "Give every block of a kind a layer of its own");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE BlockList::BlockList(std::vector<BlockSpec> blocks) {
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    if (blocks[i].stream_in() == blocks[i - 1].stream_out()) continue;
    throw DataError("configuration: " + blocks[i].label(),
                    "it reads a stream of " + std::to_string(blocks[i].stream_in()) + " channels, but " +
                        blocks[i - 1].label() + " writes " + std::to_string(blocks[i - 1].stream_out()),
                    "Give blocks that fit together");
  }
  detail::require_names(blocks);
  blocks_ = std::make_shared<const std::vector<BlockSpec>>(std::move(blocks));
}

MULTIPRUNER_INLINE const BlockSpec& BlockList::operator[](BlockId block) const {
  require_index(block.position, size(), "model", "block");
  return (*blocks_)[static_cast<std::size_t>(block.position)];
}

MULTIPRUNER_INLINE std::string BlockList::label(BlockId block) const {
  if (block.position >= 0 && block.position < size()) return (*this)[block].label();
  return "block " + std::to_string(block.position);
}

MULTIPRUNER_INLINE std::optional<BlockId> BlockList::find(Index layer, std::string_view kind) const {
  for (Index position = 0; position < size(); ++position) {
    const BlockSpec& block = (*this)[{position}];
    if (block.layer() == layer && block.kind().name == kind) return BlockId{position};
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE std::vector<const Kind*> BlockList::kinds() const {
  std::vector<const Kind*> kinds;
  for (const BlockSpec& block : *this) {
    if (std::ranges::find(kinds, &block.kind()) == kinds.end()) kinds.push_back(&block.kind());
  }
  return kinds;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
