// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <multipruner/sparsity/mask_and_compensate.hpp>
#include <multipruner/sparsity/mrp.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE PrunedWeights Mrp::operator()(const LinearProblem& problem) const {
  return (*this)(problem, DampedHessian(problem, damping));
}

MULTIPRUNER_INLINE PrunedWeights Mrp::operator()(const LinearProblem& problem, const DampedHessian& hessian) const {
  return std::visit(
      [&](const auto& chosen_criterion, const auto& chosen_compensation) {
        using Chosen =
            MaskAndCompensate<std::decay_t<decltype(chosen_criterion)>, std::decay_t<decltype(chosen_compensation)>>;
        return Chosen{chosen_criterion, chosen_compensation, damping}(problem, hessian);
      },
      criterion, compensation);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
