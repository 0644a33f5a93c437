#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/policy/sparsified_linear.hpp>

namespace multipruner {

MULTIPRUNER_INLINE double SparsifiedLinear::sparsity() const {
  return weights == 0 ? 0 : 100 * static_cast<double>(zeros) / static_cast<double>(weights);
}

}  // namespace multipruner
