// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/block_influence.hpp>
#include <multipruner/policy/one_shot_layers.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// ShortGPT (arXiv 2403.03853): removes the layers with the lowest Block Influence, all at once.
using ShortGpt = OneShotLayers<BlockInfluence>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
