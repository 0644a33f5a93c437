// SPDX-License-Identifier: MIT
#pragma once

#include <iterator>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/turns.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE std::vector<double> turns(double every, double target) {
  constexpr double most = 1000;
  if (!(every > 0) || target / every > most) {
    throw OptionError("ratio of a turn",
                      std::to_string(every) + " percent is zero, negative, or too small for the target",
                      "Give the share of parameters to remove between two compensations, e.g. 5");
  }
  std::vector<double> ends;
  for (int turn = 1; turn * every < target; ++turn) ends.push_back(turn * every);
  ends.push_back(target);
  return ends;
}

MULTIPRUNER_INLINE PruningResult joined(PruningResult first, PruningResult second) {
  second.steps.insert(second.steps.begin(), std::make_move_iterator(first.steps.begin()),
                      std::make_move_iterator(first.steps.end()));
  return second;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
