// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/require_blocks_to_keep.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_blocks_to_keep(const ModelConfig& config, const ProtectedBlocks& keep) {
  for (const BlockId block : keep) {
    if (block.position >= 0 && block.position < config.num_blocks()) continue;
    throw OptionError("blocks to keep", "the model has no " + config.blocks.label(block),
                      "Name blocks from 0 to " + std::to_string(config.num_blocks() - 1));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
