#pragma once

#include <multipruner/graph/model_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE const std::vector<TokenId>& ModelConfig::stop_token_ids() const {
  return generation_eos_token_ids.empty() ? eos_token_ids : generation_eos_token_ids;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
