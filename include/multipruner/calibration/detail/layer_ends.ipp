// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/detail/layer_ends.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE LayerEnds layer_ends(const ModelView& view, BlockId block) {
  const BlockList& blocks = view.config().blocks;
  const Index layer = blocks[block].layer();
  LayerEnds ends{block, block};
  for (Index i = block.position - 1; i >= 0 && blocks[{i}].layer() == layer; --i) {
    if (!view.plan().removed({i})) ends.first = {i};
  }
  for (Index i = block.position + 1; i < blocks.size() && blocks[{i}].layer() == layer; ++i) {
    if (!view.plan().removed({i})) ends.last = {i};
  }
  return ends;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
