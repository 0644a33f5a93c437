// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/policy_method.hpp>
#include <multipruner/run/registry.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The policies that ship, as a spec says: multipruner (`SequentialThreshold`), evol (`MultiPrunerEvol`), allocation
/// (`Allocation`), blockpruner
/// (`BlockPruner`), shortgpt (`ShortGpt`), relative-magnitude (`RelativeMagnitudeLayers`), consecutive-layers
/// (`ConsecutiveLayers`), laco (`LaCo`), slicegpt (`SliceGpt`), one-shot (`OneShot`), uniform (`Uniform`), random
/// (`RandomWalk`).
[[nodiscard]] Registry<PolicyMethod> shipped_policies();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/shipped_policies.ipp>
#endif
