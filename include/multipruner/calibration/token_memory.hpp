// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Keeps the tokens of windows that a model is writing beyond the work, e.g. in a file. It belongs to one model, one
/// seed and one text from which first tokens are drawn.
class TokenMemory {
 public:
  virtual ~TokenMemory() = default;

  /// The tokens of a window that are known, from its first one on; empty: none.
  [[nodiscard]] virtual std::vector<TokenId> find(Index window) const = 0;

  /// Called every few tokens, with those of a window that are new. @param first  the place of the first of them
  virtual void add(Index window, Index first, std::span<const TokenId> tokens) = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
