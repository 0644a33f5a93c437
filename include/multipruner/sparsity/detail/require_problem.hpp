// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/linear_problem.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws DataError naming the problem, for weights that are not finite or have no Gram matrix of their width.
void require_weights(const LinearProblem& problem);

/// @throws DataError naming the problem, for a Gram matrix that cannot be one: not square, not finite, of no sequence.
void require_gram(const LinearProblem& problem);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/require_problem.ipp>
#endif
