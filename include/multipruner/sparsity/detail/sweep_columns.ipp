// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_block(Index block) {
  if (block >= 1) return;
  throw OptionError("block", "is " + std::to_string(block) + " columns", "Give a positive number, e.g. 128");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
