#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner {

/// Solution M for compensation by iteration: conjugate gradients on the kept weights of each row, preconditioned with
/// the diagonal of the Hessian. Goes towards GlobalCompensation, and every iteration lowers the cost of a row.
///
/// An iteration costs out · in² multiplications and additions, however many weights are removed, in products of large
/// matrices. Needs no inverse, and never fails; rows that did not reach the tolerance are reported.
struct ConjugateGradientCompensation {
  int iterations = 50;      ///< at most
  double tolerance = 1e-4;  ///< of the preconditioned residual, relative to the one before the first iteration

  /// @throws OptionError for options that cannot be.
  [[nodiscard]] CompensatedWeights operator()(const WeightMatrix& weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const {
    require_options();
    CompensatedWeights result;
    result.weights = weights;
    result.row_loss.resize(weights.rows());
    std::vector<char> converged(static_cast<std::size_t>(weights.rows()));
    detail::for_each_tile(weights.rows(), [&](Index first, Index count) {
      Rows rows(weights.middleRows(first, count), mask, first, hessian.matrix());
      for (int i = 0; i < iterations && !rows.all_converged(tolerance); ++i) rows.iterate(tolerance);
      result.weights.middleRows(first, count) += rows.change();
      result.row_loss.segment(first, count) = rows.loss();
      for (Index row = 0; row < count; ++row) {
        converged[static_cast<std::size_t>(first + row)] = rows.converged(row, tolerance);
      }
    });
    remove_masked(result.weights, mask);
    for (std::size_t row = 0; row < converged.size(); ++row) {
      if (!converged[row]) result.unconverged_rows.push_back(static_cast<Index>(row));
    }
    return result;
  }

 private:
  void require_options() const {
    if (iterations >= 0 && tolerance >= 0 && std::isfinite(tolerance)) return;
    throw OptionError(
        "conjugate gradients",
        std::to_string(iterations) + " iterations with tolerance " + std::to_string(tolerance) + " cannot be",
        "Give numbers that are not negative, as 50 and 1e-4");
  }

  /// Several rows, each with an iteration of its own; they share the products with the Hessian.
  class Rows {
   public:
    Rows(const WeightMatrix& weights, const WeightMask& mask, Index first, const Eigen::MatrixXd& hessian)
        : hessian_(hessian),
          scale_(WeightMatrix::Zero(weights.rows(), weights.cols())),
          change_(WeightMatrix::Zero(weights.rows(), weights.cols())) {
      for (Index row = 0; row < weights.rows(); ++row) {
        for (Index j = 0; j < weights.cols(); ++j) {
          if (mask.removed(first + row, j)) {
            change_(row, j) = -weights(row, j);
          } else {
            scale_(row, j) = 1 / hessian(j, j);
          }
        }
      }
      multiply_by_hessian(change_, gradient_);
      direction_ = -gradient_.cwiseProduct(scale_);
      residual_ = -rowwise_dot(gradient_, direction_);
      first_residual_ = residual_;
    }

    [[nodiscard]] bool converged(Index row, double share) const {
      return residual_(row) <= share * share * first_residual_(row);
    }
    [[nodiscard]] bool all_converged(double share) const {
      for (Index row = 0; row < residual_.size(); ++row) {
        if (!converged(row, share)) return false;
      }
      return true;
    }

    /// One step of every row that has not converged.
    void iterate(double share) {
      multiply_by_hessian(direction_, product_);
      const Eigen::VectorXd curvature = rowwise_dot(direction_, product_);
      Eigen::VectorXd step = Eigen::VectorXd::Zero(curvature.size());
      for (Index row = 0; row < step.size(); ++row) {
        if (!converged(row, share)) step(row) = residual_(row) / curvature(row);
      }
      change_ += step.asDiagonal() * direction_;
      gradient_ += step.asDiagonal() * product_;

      product_ = -gradient_.cwiseProduct(scale_);
      const Eigen::VectorXd residual = -rowwise_dot(gradient_, product_);
      for (Index row = 0; row < step.size(); ++row) {
        if (step(row) == 0) continue;
        direction_.row(row) = product_.row(row) + residual(row) / residual_(row) * direction_.row(row);
        residual_(row) = residual(row);
      }
    }

    [[nodiscard]] const WeightMatrix& change() const { return change_; }
    [[nodiscard]] Eigen::VectorXd loss() const { return 0.5 * rowwise_dot(change_, gradient_); }

   private:
    void multiply_by_hessian(const WeightMatrix& rows, WeightMatrix& product) const {
      product.setZero(rows.rows(), rows.cols());
      add_product(stored_rows(product), 1, stored_rows(rows), stored_rows(hessian_));
    }

    static Eigen::VectorXd rowwise_dot(const WeightMatrix& a, const WeightMatrix& b) {
      Eigen::VectorXd dots(a.rows());
      for (Index row = 0; row < a.rows(); ++row) dots(row) = a.row(row).dot(b.row(row));
      return dots;
    }

    const Eigen::MatrixXd& hessian_;
    WeightMatrix scale_;      // 1 / H_jj for kept weights, 0 for removed ones, which do not move
    WeightMatrix change_;     // δ
    WeightMatrix gradient_;   // δH
    WeightMatrix direction_;  // conjugate to those before
    WeightMatrix product_;
    Eigen::VectorXd residual_, first_residual_;  // squares, in the norm of the preconditioner
  };
};

static_assert(WeightCompensation<ConjugateGradientCompensation>);

}  // namespace multipruner
