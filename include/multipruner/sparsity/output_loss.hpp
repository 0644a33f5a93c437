// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/linear_problem.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// What a change of the weights does to the output: ½ δHδᵀ of every row, with H = 2/N · G and no damping, which is the
/// squared error of that output over all tokens, divided by the number of sequences. Costs out · in².
/// @param changed out × in
/// @throws DataError for shapes that contradict each other, and what is not finite.
[[nodiscard]] std::vector<double> output_loss(const LinearProblem& problem, MatrixView<const double> changed);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/output_loss.ipp>
#endif
