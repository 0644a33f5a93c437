// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/relative_magnitude.hpp>
#include <multipruner/policy/one_shot_layers.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Relative Magnitude (arXiv 2312.09299), as ShortGPT and LaCo compare with it: removes the layers that add least to
/// the residual stream for its length, all at once.
using RelativeMagnitudeLayers = OneShotLayers<RelativeMagnitude>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
