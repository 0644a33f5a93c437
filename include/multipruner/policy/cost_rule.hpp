// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// By what the candidates of a step are compared.
enum class CostRule : std::uint8_t {
  cost,             ///< what plans cost
  cost_per_removed  ///< what they cost more than the plan before, for each parameter, or byte, that goes with them
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
