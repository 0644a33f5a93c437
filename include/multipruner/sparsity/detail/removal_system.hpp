// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/detail/batched_cholesky.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How the removal of several weights of a row was solved. Ordered: of several systems of a row the worst one counts.
enum class RemovalOutcome : std::uint8_t {
  solved,     ///< as planned
  kept_side,  ///< the system of the removed weights was not positive definite, or nearly so, but that of the kept ones
              ///< was
  zeroed      ///< neither was: nothing makes up for the removed weights
};

/// The rows with an outcome, in order.
[[nodiscard]] std::vector<Index> rows_with(RemovalOutcome outcome, const std::vector<RemovalOutcome>& outcomes);

/// Below this share of a diagonal entry, a pivot of C_PP has lost most of its digits. Dampened Hessians stay far above
/// it.
inline constexpr double smallest_removal_pivot = 1e-10;

/// Finds the multipliers λ = (C_PP)⁻¹ w_P of removed weights P (arXiv 2410.15567), for any P of one small matrix C.
/// Systems of the smaller side are solved: with S = C⁻¹ and the kept weights K, (C_PP)⁻¹ = S_PP − S_PK (S_KK)⁻¹ S_KP.
class RemovalSystem {
 public:
  /// One row.
  struct Row {
    std::vector<Index> removed, kept;  ///< P and K
    Eigen::VectorXd values;            ///< w_P at P, zero at K; becomes λ at P, and zero where it is zeroed
    RemovalOutcome outcome = RemovalOutcome::solved;
  };

  /// @param inverse C, n × n
  /// @param hessian S = C⁻¹
  RemovalSystem(Matrix<double> inverse, Matrix<double> hessian)
      : inverse_(std::move(inverse)), hessian_(std::move(hessian)) {}

  /// @param rows at most BatchedCholesky::lanes
  void solve(std::span<Row> rows, BatchedCholesky& cholesky) const;

 private:
  /// Sets a lane's system to the rows and columns `indices` of a symmetric matrix.
  static void gather(MatrixView<const double> source, const std::vector<Index>& indices, const Eigen::VectorXd& values,
                     Index lane, BatchedCholesky& cholesky);

  void solve_removed_side(const std::vector<Row*>& rows, BatchedCholesky& cholesky) const;

  /// With w zero at K and y = (S_KK)⁻¹ (S w)_K, λ = (S (w − y))_P.
  void solve_kept_side(const std::vector<Row*>& rows, BatchedCholesky& cholesky) const;

  Matrix<double> inverse_, hessian_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/removal_system.ipp>
#endif
