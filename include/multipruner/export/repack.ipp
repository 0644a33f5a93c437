// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/export/repack.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE std::vector<PackedLayer> repack(const Plan& plan) {
  std::vector<PackedLayer> layers;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block{position};
    const BlockSpec& spec = plan.blocks()[block];
    if (!spec.is<Attention>() && !spec.is<GatedMlp>()) {
      throw OptionError(spec.label(), "layers of attention and a gated MLP have no place for a block of this kind",
                        "Save the model in the format multipruner");
    }
    if (plan.removed(block)) continue;
    if (spec.is<Attention>()) {
      layers.push_back({.attention = block});
    } else if (layers.empty() || layers.back().mlp) {
      layers.push_back({.mlp = block});
    } else {
      layers.back().mlp = block;
    }
  }
  return layers;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
