// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/policy_method.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Policies that choose the widths of all blocks at once: `MultiPrunerEvol` and `Allocation`.
[[nodiscard]] PolicyMethod evol_method();
[[nodiscard]] PolicyMethod allocation_method();

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/detail/evolution_policies.ipp>
#endif
