// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <numeric>
#include <string_view>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/pruning_stage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE std::string name_of(const PruningStage& stage) {
  std::string name;
  for (const StageSelector& selector : stage.removes) {
    name += (name.empty() ? "" : " and ") + (selector.alike           ? selector.axis + " of all blocks alike"
                                             : !selector.axis.empty() ? selector.axis
                                             : selector.layers        ? "layers"
                                                                      : "blocks");
  }
  return name;
}

MULTIPRUNER_INLINE Index default_group(const ModelConfig& config, std::string_view axis_name) {
  Index units = 1, widest = 0;
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes[axis].name != axis_name) continue;
      const AxisSize size = block.axis(axis);
      units = size.unit / std::gcd(units, size.unit) * units;
      widest = std::max(widest, size.width);
      if (units <= largest_size) continue;
      throw OptionError(std::string(axis_name), "no group of channels is whole units of every block",
                        "Say how many are removed together");
    }
  }
  if (units > 1) return units;
  const Index share = 3 * widest / 32;
  return share >= 32 ? share / 32 * 32 : std::max<Index>(1, share);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
