#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// A weight of fewer columns that does the work of the whole one, and what that took.
struct RidgeColumns {
  Eigen::MatrixXd weight;  ///< out × kept columns
  double loss = 0;  ///< ‖W − W'‖² in the damped Gram matrix: tr(Δ (G + λI) Δᵀ), Δ = W − W' with removed columns 0
  double dampening = 0;  ///< λ
  int attempts = 0;      ///< see DampedCholesky
  bool clipped = false;  ///< see DampedCholesky
};

namespace detail {

/// The columns that are not kept, ascending. @throws OptionError unless `kept` ascends within [0, columns).
inline std::vector<Index> other_columns(std::span<const Index> kept, Index columns) {
  std::vector<Index> others;
  std::size_t next = 0;
  for (Index column = 0; column < columns; ++column) {
    if (next < kept.size() && kept[next] == column) {
      ++next;
    } else {
      others.push_back(column);
    }
  }
  if (next == kept.size()) return others;
  throw OptionError("kept columns", "they do not ascend within " + std::to_string(columns) + " columns",
                    "Give each column once, in ascending order");
}

inline void require_gram_of(const Eigen::MatrixXd& gram, Index columns) {
  if (gram.rows() == columns && gram.cols() == columns) return;
  throw OptionError(
      "Gram matrix",
      "it has " + std::to_string(gram.rows()) + " rows for a weight of " + std::to_string(columns) + " columns",
      "Pass the one of the weight's inputs");
}

}  // namespace detail

/// Least squares on the columns that stay: argmin over W'_K of tr((W − W') (G + λI) (W − W')ᵀ), which is
/// W'_K = W_K + W_P G_PK (G_KK + λI)⁻¹ (OSSCAR, arXiv 2403.12983; λ = ridge · mean(diag G)).
///
/// With the covariance of the inputs in place of G it is the fit with a free bias: add `bias_of_fit`.
/// @param weight  out × n @param gram  n × n @param kept  ascending
/// @throws OptionError where shapes disagree or columns do not ascend, DataError where the Gram matrix is not finite.
[[nodiscard]] inline RidgeColumns ridge_columns(const Eigen::MatrixXd& weight, const Eigen::MatrixXd& gram,
                                                std::span<const Index> kept, double ridge = 0.01) {
  detail::require_gram_of(gram, weight.cols());
  const std::vector<Index> removed = detail::other_columns(kept, weight.cols());
  const std::vector<Index> stay(kept.begin(), kept.end());
  const DampedCholesky factor = cholesky_with_dampening(gram(stay, stay), dampening_of(gram, ridge));
  const auto lower = factor.lower.triangularView<Eigen::Lower>();
  const Eigen::MatrixXd dropped = weight(Eigen::all, removed);
  Eigen::MatrixXd half = gram(stay, removed) * dropped.transpose();  // G_KP W_Pᵀ, and then L⁻¹ of it
  lower.solveInPlace(half);
  Eigen::MatrixXd square = gram(removed, removed);
  square.diagonal().array() += factor.dampening;
  RidgeColumns result{.weight = weight(Eigen::all, stay),
                      .loss = (dropped * square).cwiseProduct(dropped).sum() - half.squaredNorm(),
                      .dampening = factor.dampening,
                      .attempts = factor.attempts,
                      .clipped = factor.clipped};
  factor.lower.transpose().triangularView<Eigen::Upper>().solveInPlace(half);
  result.weight += half.transpose();
  return result;
}

/// What has to be added to the bias so that the mean output stays: W μ − W'_K μ_K. Without compensation, W'_K = W_K, it
/// is FLAP's bias.
/// @param fitted  out × kept columns @param mean  of every input
[[nodiscard]] inline Eigen::VectorXd bias_of_fit(const Eigen::MatrixXd& weight, const Eigen::MatrixXd& fitted,
                                                 std::span<const Index> kept, const Eigen::VectorXd& mean) {
  const std::vector<Index> stay(kept.begin(), kept.end());
  return weight * mean - fitted * mean(stay);
}

/// Least squares on the columns that stay where the inputs themselves have changed: x̂ from the pruned layers before, in
/// place of x: W'_K = W · (Σ x x̂ᵀ)_:,K · (Σ x̂ x̂ᵀ + λI)_KK⁻¹ (OSSCAR, arXiv 2403.12983).
/// @param pruned_gram  Σ x̂ x̂ᵀ @param cross  Σ x x̂ᵀ, n × n: cross_gram(dense rows, pruned rows)
/// @throws OptionError, DataError as ridge_columns. The loss is not known and 0.
[[nodiscard]] inline RidgeColumns refit_columns(const Eigen::MatrixXd& weight, const Eigen::MatrixXd& pruned_gram,
                                                const Eigen::MatrixXd& cross, std::span<const Index> kept,
                                                double ridge = 0.01) {
  detail::require_gram_of(pruned_gram, weight.cols());
  detail::require_gram_of(cross, weight.cols());
  (void)detail::other_columns(kept, weight.cols());
  const std::vector<Index> stay(kept.begin(), kept.end());
  const DampedCholesky factor = cholesky_with_dampening(pruned_gram(stay, stay), dampening_of(pruned_gram, ridge));
  Eigen::MatrixXd solution = (weight * cross(Eigen::all, stay)).transpose();
  factor.lower.triangularView<Eigen::Lower>().solveInPlace(solution);
  factor.lower.transpose().triangularView<Eigen::Upper>().solveInPlace(solution);
  return {.weight = solution.transpose(),
          .dampening = factor.dampening,
          .attempts = factor.attempts,
          .clipped = factor.clipped};
}

}  // namespace multipruner
