// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/policy_method.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// MultiPruner's sequential policy (`SequentialThreshold`), and the same stages at random (`RandomWalk`).
[[nodiscard]] PolicyMethod multipruner_method();
[[nodiscard]] PolicyMethod random_method();

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/detail/stage_policies.ipp>
#endif
