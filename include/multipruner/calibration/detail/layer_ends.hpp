// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The first and the last of the blocks of a layer that a view runs.
struct LayerEnds {
  BlockId first, last;
};

/// Those of the layer of a block that runs.
[[nodiscard]] LayerEnds layer_ends(const ModelView& view, BlockId block);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/detail/layer_ends.ipp>
#endif
