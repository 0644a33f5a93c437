// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Says what is wrong with a choice that a block cannot make.
/// @param present  what is left of the block
/// @throws OptionError always
[[noreturn]] void refuse_choice(const BlockSpec& block, const Choice& choice, const Choice& present);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/detail/refuse_choice.ipp>
#endif
