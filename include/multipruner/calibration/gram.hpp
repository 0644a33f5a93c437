#pragma once

#include <utility>

#include <Eigen/Core>

#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/simd/gram.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner {

/// The Gram matrix Σ x xᵀ of the rows x of activations, streamed: n × n doubles, e.g. 1 GB for the 11,008 channels of
/// an MLP of Llama-2-7B.
///
/// Within a part that is added, products are summed in float32 over at most 384 rows, and these sums in double. Bits
/// depend on how rows are cut into parts, and not on threads.
class Gram {
 public:
  Gram() = default;

  /// @throws OptionError for columns that are negative or more than any memory.
  explicit Gram(Index columns) {
    (void)product_of_sizes("Gram matrix", {columns, columns, sizeof(double)});
    matrix_ = Eigen::MatrixXd::Zero(columns, columns);
  }

  /// What was saved. @throws DataError where the matrix is not square, or the count is negative.
  Gram(Index count, Eigen::MatrixXd matrix) : count_(count), matrix_(std::move(matrix)) {
    if (matrix_.rows() == matrix_.cols() && count >= 0) return;
    throw DataError("Gram matrix", "it is not square, or of less than no row", "Give a matrix of inputs × inputs");
  }

  /// @param rows  tokens × columns() @throws OptionError where the columns are not as many.
  void add(MatrixView<const float> rows) {
    // Row-major on and above the diagonal is column-major on and below it.
    simd::add_gram(rows, {matrix_.data(), columns(), columns()});
    count_ += rows.rows;
    mirrored_ = false;
  }

  [[nodiscard]] Index columns() const { return matrix_.cols(); }
  [[nodiscard]] Index count() const { return count_; }  ///< rows added

  /// The symmetric matrix. Has to be `complete` since rows were added.
  [[nodiscard]] const Eigen::MatrixXd& matrix() const {
    if (!mirrored_) throw OptionError("Gram matrix", "only one triangle of it is known", "Call complete() first");
    return matrix_;
  }

  /// Fills in the other triangle, after rows were added.
  void complete() {
    if (std::exchange(mirrored_, true)) return;
    mirror_upper_triangle(stored_rows(matrix_));
  }

 private:
  Index count_ = 0;
  bool mirrored_ = true;
  Eigen::MatrixXd matrix_;
};

/// Σ a bᵀ of two streams of as many rows, a of m columns and b of n: m × n. Summed as Gram::add does.
/// @throws OptionError where the rows are not as many.
[[nodiscard]] inline Eigen::MatrixXd cross_gram(MatrixView<const float> a, MatrixView<const float> b) {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(a.columns, b.columns);
  simd::add_cross_gram(b, a, stored_rows(result));  // Σ b aᵀ is the result as it is stored
  return result;
}

}  // namespace multipruner
