// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The stages of MultiPruner, in their order.
enum class PruningStage : std::uint8_t { depth, mlp_width, attention_width };

[[nodiscard]] constexpr std::string_view name_of(PruningStage stage) {
  switch (stage) {
    case PruningStage::depth:
      return "blocks";
    case PruningStage::mlp_width:
      return "MLP channels";
    case PruningStage::attention_width:
      break;
  }
  return "attention heads";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
