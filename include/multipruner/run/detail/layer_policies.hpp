// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/policy_method.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Policies that remove whole blocks or layers: `BlockPruner`, `ShortGpt`, `RelativeMagnitudeLayers`,
/// `ConsecutiveLayers`; and `LaCo`, which merges them.
[[nodiscard]] PolicyMethod block_pruner_method();
[[nodiscard]] PolicyMethod short_gpt_method();
[[nodiscard]] PolicyMethod relative_magnitude_method();
[[nodiscard]] PolicyMethod consecutive_layers_method();
[[nodiscard]] PolicyMethod laco_method();

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/detail/layer_policies.ipp>
#endif
