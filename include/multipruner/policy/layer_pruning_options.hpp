// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What a policy on whole layers removes.
struct LayerPruningOptions {
  double ratio = 20;              ///< target, percent of the whole model's parameters; it ends at or beyond it
  std::optional<Index> layers{};  ///< as many layers, whatever they are of the model, instead of the ratio
  ProtectedBlocks keep{};         ///< blocks whose layers stay
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
