// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/damping_outcome.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Factorises a matrix with more and more on its diagonal: at most five times more than asked for, then with its
/// eigenvalues raised.
/// @param factor  whether the matrix as it is now has a Cholesky factor
/// @param increase  adds to the diagonal what ten times the damping takes, or something where that is 0
/// @param clip  raises the eigenvalues; whether the matrix then has a factor
/// @param name  of the matrix @throws DataError where nothing helps.
template <class Factor, class Increase, class Clip>
void factor_damped(DampingOutcome& outcome, const char* name, Factor&& factor, Increase&& increase, Clip&& clip) {
  constexpr int most_increases = 5;
  while (!factor()) {
    if (outcome.increases < most_increases) {
      increase();
      ++outcome.increases;
      continue;
    }
    outcome.clipped = true;
    if (clip()) return;
    throw DataError(name, "it has no Cholesky factor although its eigenvalues were raised",
                    "Look for entries near the largest numbers");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
