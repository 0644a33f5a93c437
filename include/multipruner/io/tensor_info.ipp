// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/io/tensor_info.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE Index TensorInfo::element_count() const {
  Index count = 1;
  for (const Index extent : shape) count *= extent;
  return count;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string describe_shape(const std::vector<Index>& shape) {
  std::string text = "[";
  for (const Index extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
