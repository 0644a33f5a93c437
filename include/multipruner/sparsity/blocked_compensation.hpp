#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/detail/removal_system.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Solution M for compensation, block by block of columns: the removed weights P of a block go together, at the least
/// cost for the columns that are not yet done, δ = −w_P (C_PP)⁻¹ C_P: (arXiv 2410.15567; the blocks are SparseGPT's). C
/// is the inverse Hessian without the columns to the left of the block, which are frozen; kept weights inside the block
/// change, too. One block is GlobalCompensation, blocks of one column are SequentialCompensation.
///
/// Costs out · in² as SequentialCompensation does, and in every row and block a Cholesky factorisation of the smaller
/// of removed and kept weights: at 50 % out · in · block²/24 in all.
struct BlockedCompensation {
  Index block = 128;  ///< columns; large ones are for tests, since a thread needs up to 64 · block² bytes

  /// @throws OptionError for a block that cannot be, and where shapes disagree.
  [[nodiscard]] CompensatedWeights operator()(const WeightMatrix& weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const;

 private:
  using Outcome = detail::RemovalOutcome;

  /// Columns [first, first + size), with the block U_BB of U: C_BB = U_BBᵀU_BB, and in general C_B: = U_BBᵀU_B:.
  class Block {
   public:
    Block(const WeightMatrix& factor, Index first, Index size)
        : first_(first),
          factor_(factor.block(first, first, size, size)),
          system_(inverse_of(factor_), hessian_of(factor_)) {}

    [[nodiscard]] Index size() const { return factor_.rows(); }

    /// With z being λ = (C_PP)⁻¹ w_P at the removed columns and zero elsewhere, the errors are e = z U_BBᵀ.
    void prune_rows(MatrixView<double> weights, const WeightMask& mask, Index tile, MatrixView<double> errors,
                    std::vector<Outcome>& outcomes) const;

   private:
    /// C_BB
    static Eigen::MatrixXd inverse_of(const WeightMatrix& factor);

    /// (C_BB)⁻¹
    static Eigen::MatrixXd hessian_of(const WeightMatrix& factor);

    /// x · xᵀ
    static Eigen::MatrixXd square_of(MatrixView<const double> x);

    Index first_;
    WeightMatrix factor_;
    detail::RemovalSystem system_;
  };
};

static_assert(WeightCompensation<BlockedCompensation>);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/blocked_compensation.ipp>
#endif
