// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Whether the policy of a spec shares its target between stages: blocks, MLP channels, heads.
[[nodiscard]] bool has_stages(const RunSpec& spec);

/// Fills in what the preset says: distribution, order, compensation and search.
/// @throws OptionError for a preset that there is not.
[[nodiscard]] RunSpec with_preset(RunSpec spec);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/with_preset.ipp>
#endif
