#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/graph/model_config.hpp>

namespace multipruner {

MULTIPRUNER_INLINE const std::vector<TokenId>& ModelConfig::stop_token_ids() const {
  return generation_eos_token_ids.empty() ? eos_token_ids : generation_eos_token_ids;
}

}  // namespace multipruner
