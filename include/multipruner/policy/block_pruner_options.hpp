// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What BlockPruner removes.
struct BlockPrunerOptions {
  double ratio = 20;  ///< target, percent of the whole model's parameters; it ends at or beyond it
  /// As many blocks, or layers where these go at once, whatever they are of the model, instead of the ratio.
  std::optional<Index> blocks{};
  /// Only blocks of these kinds, by the names that people or files give them ("attention" or "attn", "mlp"); empty:
  /// all.
  std::vector<std::string> kinds{};
  ProtectedBlocks keep{};  ///< blocks that stay
  bool layers = false;     ///< all blocks of a layer go at once; only without `kinds`
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
