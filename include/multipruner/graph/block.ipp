#pragma once

#include <multipruner/graph/block.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::string label_of(BlockId block) {
  return "layer " + std::to_string(block.layer) + " " + std::string(name_of(block.kind));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
