#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/graph/block.hpp>

namespace multipruner {

MULTIPRUNER_INLINE std::string label_of(BlockId block) {
  return "layer " + std::to_string(block.layer) + " " + std::string(name_of(block.kind));
}

}  // namespace multipruner
