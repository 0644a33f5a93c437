// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <numeric>
#include <string_view>

#include <multipruner/policy/pruning_stage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::string name_of(const PruningStage& stage) {
  std::string name;
  for (const StageSelector& selector : stage.removes) {
    name += (name.empty() ? "" : " and ") + (selector.axis.empty() ? std::string("blocks") : selector.axis);
  }
  return name;
}

MULTIPRUNER_INLINE Index default_group(const ModelConfig& config, std::string_view axis_name) {
  Index units = 1, widest = 0;
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes[axis].name != axis_name) continue;
      units = std::lcm(units, block.axis(axis).unit);
      if (widest == 0) widest = block.axis(axis).width;
    }
  }
  if (units > 1) return units;
  const Index share = 3 * widest / 32;
  return share >= 32 ? share / 32 * 32 : std::max<Index>(1, share);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
