// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/detail/require_choice.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_choice(const BlockSpec& block, const Choice& choice, const Choice& present) {
  if (block.allows(choice) && choice.within(present)) return;
  for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
    const Index unit = block.axis(axis).unit;
    if (choice[axis] >= 0 && choice[axis] <= present[axis] && choice[axis] % unit == 0) continue;
    throw OptionError("plan, " + block.label(),
                      "width " + std::to_string(choice[axis]) + " does not fit a block of width " +
                          std::to_string(present[axis]) + " that is divisible in steps of " + std::to_string(unit),
                      "Use a plan that was made for this model");
  }
  throw OptionError("plan, " + block.label(), "it has no such axis", "Use a plan that was made for this model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
