// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @param present  what is left of the block
/// @throws OptionError unless a block can make a choice, of what is left of it.
void require_choice(const BlockSpec& block, const Choice& choice, const Choice& present);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/detail/require_choice.ipp>
#endif
