#pragma once

#include <vector>

#include <multipruner/policy/sequential_threshold.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Index default_mlp_group(const ModelConfig& config) {
  const Index share = 3 * config.intermediate_size / 32;
  return share >= 32 ? share / 32 * 32 : std::max<Index>(1, share);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
