// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// How attention knows where tokens stand.
enum class Positions : std::uint8_t {
  rotary,  ///< queries and keys are turned by it (arXiv 2104.09864)
  alibi,   ///< scores fall with the distance, by a slope of every head (arXiv 2108.12409)
  none,
};

[[nodiscard]] constexpr std::string_view name_of(Positions positions) {
  switch (positions) {
    case Positions::rotary:
      return "rotary";
    case Positions::alibi:
      return "alibi";
    case Positions::none:
      break;
  }
  return "none";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
