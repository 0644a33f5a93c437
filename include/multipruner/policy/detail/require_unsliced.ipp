// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/require_unsliced.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_unsliced(const ModelConfig& config, const std::string& problem,
                                         const std::string& remedy) {
  for (const BlockSpec& block : config.blocks) {
    if (block.has_shortcut()) throw UnsupportedError(block.label(), problem, remedy);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
