// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Solution M for compensation by iteration: conjugate gradients on the kept weights of each row, preconditioned with
/// the diagonal of the Hessian. Goes towards GlobalCompensation, and every iteration lowers the cost of a row.
///
/// An iteration costs out · in² multiplications and additions, however many weights are removed, in products of large
/// matrices. Needs no inverse, and never fails; rows that did not reach the tolerance are reported.
struct ConjugateGradientCompensation {
  int iterations = 50;      ///< at most
  double tolerance = 1e-4;  ///< of the preconditioned residual, relative to the one before the first iteration

  /// @throws OptionError for options that cannot be, and where shapes disagree.
  [[nodiscard]] CompensatedWeights operator()(MatrixView<const double> weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const;

 private:
  void require_options() const;
};

static_assert(WeightCompensation<ConjugateGradientCompensation>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/conjugate_gradient_compensation.ipp>
#endif
