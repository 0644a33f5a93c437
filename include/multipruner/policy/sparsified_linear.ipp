// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/policy/sparsified_linear.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE double SparsifiedLinear::sparsity() const {
  return weights == 0 ? 0 : 100 * static_cast<double>(zeros) / static_cast<double>(weights);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
