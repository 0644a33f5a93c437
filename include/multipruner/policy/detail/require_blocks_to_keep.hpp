// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError for a block to keep that the model does not have.
void require_blocks_to_keep(const ModelConfig& config, const ProtectedBlocks& keep);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/require_blocks_to_keep.ipp>
#endif
