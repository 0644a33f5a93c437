#pragma once

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner {

/// The ratios, in percent, at which the turns of a run end that goes `every` percent at a time: every, 2 · every, ...,
/// the last one being the target.
/// @throws OptionError unless `every` is above 0 and gives at most 1000 turns.
[[nodiscard]] inline std::vector<double> turns(double every, double target) {
  constexpr double most = 1000;
  if (!(every > 0) || target / every > most) {
    throw OptionError("ratio of a turn", std::to_string(every) + " percent lead nowhere",
                      "Give the share of parameters to remove between two compensations, e.g. 5");
  }
  std::vector<double> ends;
  for (int turn = 1; turn * every < target; ++turn) ends.push_back(turn * every);
  ends.push_back(target);
  return ends;
}

/// What two turns arrived at, one after the other.
[[nodiscard]] inline PruningResult joined(PruningResult first, PruningResult second) {
  second.steps.insert(second.steps.begin(), std::make_move_iterator(first.steps.begin()),
                      std::make_move_iterator(first.steps.end()));
  return second;
}

}  // namespace multipruner
