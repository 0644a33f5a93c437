#pragma once

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The memory of an Eigen matrix: its rows where it is row-major, its columns where it is column-major. To functions on
/// views, a column-major matrix is so its transpose, and a symmetric one itself.
template <class Matrix>
[[nodiscard]] auto stored_rows(Matrix& matrix) {
  return MatrixView(matrix.data(), matrix.outerSize(), matrix.innerSize(), matrix.outerStride());
}

/// result += scale · a · b, on one thread. The last bits depend on the shapes.
/// @param result  m × n, in other memory than a and b @param a  m × k @param b  k × n
/// @throws OptionError where shapes disagree.
void add_product(MatrixView<double> result, double scale, MatrixView<const double> a, MatrixView<const double> b);

/// result += scale · a · bᵀ, on one thread. The last bits depend on the shapes.
/// @param result  m × n, in other memory than a and b @param a  m × k @param b  n × k
/// @throws OptionError where shapes disagree.
void add_product_of_rows(MatrixView<double> result, double scale, MatrixView<const double> a,
                         MatrixView<const double> b);

/// rows · symmetric, on one thread, of Eigen's matrices.
/// @tparam Rows  row-major, or a vector, which is one row @param rows  m × n @param symmetric  n × n
/// @throws OptionError where shapes disagree.
template <class Rows>
[[nodiscard]] Rows times_symmetric(const Rows& rows, const Eigen::MatrixXd& symmetric) {
  Rows result = Rows::Zero(rows.rows(), rows.cols());
  add_product(stored_rows(result), 1, stored_rows(rows), stored_rows(symmetric));
  return result;
}

/// a · b, on one thread.
/// @param a  m × k @param b  k × n @throws OptionError where shapes disagree.
[[nodiscard]] Matrix<double> product(MatrixView<const double> a, MatrixView<const double> b);

/// a · bᵀ, on one thread.
/// @param a  m × k @param b  n × k @throws OptionError where shapes disagree.
[[nodiscard]] Matrix<double> product_of_rows(MatrixView<const double> a, MatrixView<const double> b);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/products.ipp>
#endif
