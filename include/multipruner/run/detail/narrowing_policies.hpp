// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/policy_method.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Policies that narrow all blocks at once: `Uniform`, and `OneShot` by the order of the run.
[[nodiscard]] PolicyMethod uniform_method();
[[nodiscard]] PolicyMethod one_shot_method();

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/detail/narrowing_policies.ipp>
#endif
