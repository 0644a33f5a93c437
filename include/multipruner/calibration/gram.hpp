// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// The Gram matrix Σ x xᵀ of the rows x of activations, streamed: n × n doubles, e.g. 1 GB for the 11,008 channels of
/// an MLP of Llama-2-7B.
///
/// Within a part that is added, products are summed in float32 over at most 384 rows, and these sums in double. Bits
/// depend on how rows are cut into parts, and not on threads.
class Gram {
 public:
  Gram() = default;

  /// @throws OptionError for columns that are negative or more than any memory.
  explicit Gram(Index columns);

  /// What was saved. @throws DataError where the matrix is not square, or the count is negative.
  Gram(Index count, Matrix<double> matrix);

  /// @param rows  tokens × columns() @throws OptionError where the columns are not as many.
  void add(MatrixView<const float> rows);

  [[nodiscard]] Index columns() const { return matrix_.columns(); }
  [[nodiscard]] Index count() const { return count_; }  ///< rows added

  /// The symmetric matrix. Has to be `complete` since rows were added.
  [[nodiscard]] MatrixView<const double> matrix() const;

  /// Fills in the other triangle, after rows were added.
  void complete();

 private:
  Index count_ = 0;
  bool mirrored_ = true;
  Matrix<double> matrix_;
};

/// Σ a bᵀ of two streams of as many rows, a of m columns and b of n: m × n. Summed as Gram::add does.
/// @throws OptionError where the rows are not as many.
[[nodiscard]] Matrix<double> cross_gram(MatrixView<const float> a, MatrixView<const float> b);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/gram.ipp>
#endif
