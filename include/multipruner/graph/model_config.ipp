// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/graph/model_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE const std::vector<TokenId>& ModelConfig::stop_token_ids() const {
  return generation_eos_token_ids.empty() ? eos_token_ids : generation_eos_token_ids;
}

MULTIPRUNER_INLINE Index ModelConfig::widest_stream() const {
  Index widest = hidden_size;
  for (const BlockSpec& block : blocks) widest = std::max(widest, block.stream_out());
  return widest;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
