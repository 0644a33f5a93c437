// SPDX-License-Identifier: MIT
#pragma once

#include <variant>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/blocked_compensation.hpp>
#include <multipruner/sparsity/conjugate_gradient_compensation.hpp>
#include <multipruner/sparsity/global_compensation.hpp>
#include <multipruner/sparsity/multiple_removal.hpp>
#include <multipruner/sparsity/sequential_compensation.hpp>
#include <multipruner/sparsity/sequential_removal.hpp>
#include <multipruner/sparsity/single_removal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// The multiple removal problem (arXiv 2410.15567): what it costs to remove several weights of a row together, and what
/// the others should become. Its variants, mask first, by their letters:
///
/// * SS `Mrp{.criterion = SingleRemoval{pattern}, .compensation = SequentialCompensation{}}`
/// * SM `Mrp{.criterion = SingleRemoval{pattern}}`
/// * MS `Mrp{.criterion = MultipleRemoval{{2, 4}}, .compensation = SequentialCompensation{}}`
/// * MM `Mrp{.criterion = MultipleRemoval{{2, 4}}}`
/// * SparseGPT's mask, M `Mrp{.criterion = SequentialRemoval{pattern}}`
///
/// Both are chosen at run time; MaskAndCompensate takes policies of yours.
struct Mrp {
  using Criterion = std::variant<SingleRemoval, MultipleRemoval, SequentialRemoval>;
  using Compensation =
      std::variant<BlockedCompensation, GlobalCompensation, ConjugateGradientCompensation, SequentialCompensation>;

  Criterion criterion = SingleRemoval{};
  Compensation compensation = BlockedCompensation{};
  double damping = 0.01;  ///< relative to the mean diagonal entry of the Hessian

  /// @throws DataError, OptionError for problems and options that cannot be.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem) const;

  /// The same with a Hessian that several layers share; `damping` is not looked at.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem, const DampedHessian& hessian) const;
};

static_assert(WeightPruner<Mrp>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/mrp.ipp>
#endif
