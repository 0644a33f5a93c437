#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/io/tensor_info.hpp>

namespace multipruner {

MULTIPRUNER_INLINE Index TensorInfo::element_count() const {
  Index count = 1;
  for (const Index extent : shape) count *= extent;
  return count;
}

}  // namespace multipruner

namespace multipruner::detail {

MULTIPRUNER_INLINE std::string describe_shape(const std::vector<Index>& shape) {
  std::string text = "[";
  for (const Index extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

}  // namespace multipruner::detail
