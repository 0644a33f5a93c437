// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE bool lies_in(std::span<const std::byte> part, std::span<const std::byte> whole) {
  const std::less_equal<const std::byte*> not_behind;
  return !part.empty() && not_behind(whole.data(), part.data()) &&
         not_behind(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
