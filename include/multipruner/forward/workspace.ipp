#pragma once

#include <algorithm>

#include <multipruner/forward/workspace.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE const RotaryTable& Workspace::rotary(const ModelConfig& config, Index positions) {
  const bool same_model = rotary_ && rotary_dim_ == config.head_dim && rope_ == config.rope;
  if (!same_model || rotary_->count() < positions) {
    // Generation asks for one position more every time: growing by half keeps the work linear.
    const Index known = same_model ? rotary_->count() : 0;
    rotary_.emplace(config.rope, config.head_dim, std::max(positions, known + known / 2));
    rotary_dim_ = config.head_dim;
    rope_ = config.rope;
  }
  return *rotary_;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
