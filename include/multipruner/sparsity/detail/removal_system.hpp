#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include <multipruner/sparsity/detail/cholesky.hpp>

namespace multipruner::detail {

/// How the removal of several weights of a row was solved. Ordered: of several systems of a row the worst one counts.
enum class RemovalOutcome : std::uint8_t {
  solved,     ///< as planned
  kept_side,  ///< the system of the removed weights was not positive definite, or nearly so, but that of the kept ones
              ///< was
  zeroed      ///< neither was: nothing makes up for the removed weights
};

/// The rows with an outcome, in order.
[[nodiscard]] inline std::vector<Index> rows_with(RemovalOutcome outcome, const std::vector<RemovalOutcome>& outcomes) {
  std::vector<Index> rows;
  for (std::size_t row = 0; row < outcomes.size(); ++row) {
    if (outcomes[row] == outcome) rows.push_back(static_cast<Index>(row));
  }
  return rows;
}

/// Below this share of a diagonal entry, a pivot of C_PP has lost most of its digits. Dampened Hessians stay far above
/// it.
inline constexpr double smallest_removal_pivot = 1e-10;

/// Finds the multipliers λ = (C_PP)⁻¹ w_P of removed weights P (arXiv 2410.15567), for any P of one small matrix C.
/// Systems of the smaller side are solved: with S = C⁻¹ and the kept weights K, (C_PP)⁻¹ = S_PP − S_PK (S_KK)⁻¹ S_KP.
class RemovalSystem {
 public:
  /// Memory that solving needs; one for each thread.
  struct Scratch {
    std::vector<Index> removed, kept;
    Eigen::MatrixXd matrix;
    Eigen::VectorXd values, side;
  };

  /// @param inverse C, n × n
  /// @param hessian S = C⁻¹
  RemovalSystem(Eigen::MatrixXd inverse, Eigen::MatrixXd hessian)
      : inverse_(std::move(inverse)), hessian_(std::move(hessian)) {}

  /// @param scratch holds P and K, and w_P in `values`, which becomes λ; not where the outcome is `zeroed`.
  [[nodiscard]] RemovalOutcome solve(Scratch& scratch) const {
    const bool fewer_removed = scratch.removed.size() <= scratch.kept.size();
    if (fewer_removed && solve_removed_side(scratch)) return RemovalOutcome::solved;
    if (!solve_kept_side(scratch)) return RemovalOutcome::zeroed;
    return fewer_removed ? RemovalOutcome::kept_side : RemovalOutcome::solved;
  }

 private:
  /// Gathers the lower triangle of the rows and columns `indices`, and factors it.
  static bool factor(const Eigen::MatrixXd& source, const std::vector<Index>& indices, double smallest_pivot,
                     Eigen::MatrixXd& matrix) {
    const auto size = static_cast<Index>(indices.size());
    matrix.resize(size, size);
    for (Index j = 0; j < size; ++j) {
      const double* const column = &source(0, indices[static_cast<std::size_t>(j)]);
      for (Index i = j; i < size; ++i) matrix(i, j) = column[indices[static_cast<std::size_t>(i)]];
    }
    return factor_in_place<Eigen::MatrixXd>(matrix, smallest_pivot);
  }

  static void solve_factored(const Eigen::MatrixXd& lower, Eigen::VectorXd& values) {
    lower.triangularView<Eigen::Lower>().solveInPlace(values);
    lower.transpose().triangularView<Eigen::Upper>().solveInPlace(values);
  }

  bool solve_removed_side(Scratch& scratch) const {
    if (!factor(inverse_, scratch.removed, smallest_removal_pivot, scratch.matrix)) return false;
    solve_factored(scratch.matrix, scratch.values);
    return true;
  }

  bool solve_kept_side(Scratch& scratch) const {
    const auto& [removed, kept] = std::tie(scratch.removed, scratch.kept);
    if (!factor(hessian_, kept, 0, scratch.matrix)) return false;
    scratch.side = hessian_(kept, removed) * scratch.values;
    solve_factored(scratch.matrix, scratch.side);
    scratch.values = (hessian_(removed, removed) * scratch.values - hessian_(removed, kept) * scratch.side).eval();
    return true;
  }

  Eigen::MatrixXd inverse_;
  Eigen::MatrixXd hessian_;
};

}  // namespace multipruner::detail
