// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// The ratios, in percent, at which the turns of a run end that goes `every` percent at a time: every, 2 · every, ...,
/// the last one being the target.
/// @throws OptionError unless `every` is above 0 and gives at most 1000 turns.
[[nodiscard]] std::vector<double> turns(double every, double target);

/// What two turns arrived at, one after the other.
[[nodiscard]] PruningResult joined(PruningResult first, PruningResult second);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/turns.ipp>
#endif
