// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// What was added to the diagonal of a symmetric matrix so that it has a Cholesky factor.
struct DampingOutcome {
  double relative = 0;   ///< of the mean diagonal entry; more than was asked for where `increases` is not 0
  double absolute = 0;   ///< added to the diagonal
  int increases = 0;     ///< how often the factorisation failed and the damping was multiplied by 10
  bool clipped = false;  ///< whether all that did not help, and small and negative eigenvalues were raised
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
