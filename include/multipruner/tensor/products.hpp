#pragma once

#include <algorithm>

#include <Eigen/Core>

#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner {

/// The memory of an Eigen matrix: its rows where it is row-major, its columns where it is column-major. To functions on
/// views, a column-major matrix is so its transpose, and a symmetric one itself.
template <class Matrix>
[[nodiscard]] auto stored_rows(Matrix& matrix) {
  return MatrixView(matrix.data(), matrix.outerSize(), matrix.innerSize(), matrix.outerStride());
}

namespace detail {

/// All products of large matrices of doubles go through these two types: compilers take half a second for every other
/// pair that Eigen multiplies.
using ProductOperand =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0, Eigen::OuterStride<>>;
using ProductResult =
    Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0, Eigen::OuterStride<>>;

inline ProductOperand operand(MatrixView<const double> view) {
  return {view.data, view.rows, view.columns, Eigen::OuterStride<>(view.stride)};
}

inline ProductResult product_result(MatrixView<double> view) {
  return {view.data, view.rows, view.columns, Eigen::OuterStride<>(view.stride)};
}

}  // namespace detail

/// result += scale · a · b, on one thread. The last bits depend on the shapes.
/// @param result  m × n, in other memory than a and b @param a  m × k @param b  k × n
/// @throws OptionError where shapes disagree.
inline void add_product(MatrixView<double> result, double scale, MatrixView<const double> a,
                        MatrixView<const double> b) {
  require_view(a, "add_product", "a");
  require_shape(b, a.columns, b.columns, "add_product", "b");
  require_shape(result, a.rows, b.columns, "add_product", "the result");
  detail::product_result(result).noalias() += scale * detail::operand(a) * detail::operand(b);
}

/// result += scale · a · bᵀ, on one thread. The last bits depend on the shapes.
/// @param result  m × n, in other memory than a and b @param a  m × k @param b  n × k
/// @throws OptionError where shapes disagree.
inline void add_product_of_rows(MatrixView<double> result, double scale, MatrixView<const double> a,
                                MatrixView<const double> b) {
  require_view(a, "add_product_of_rows", "a");
  require_shape(b, b.rows, a.columns, "add_product_of_rows", "b");
  require_shape(result, a.rows, b.rows, "add_product_of_rows", "the result");
  detail::product_result(result).noalias() += scale * detail::operand(a) * detail::operand(b).transpose();
}

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
[[nodiscard]] inline Matrix<double> product(MatrixView<const double> a, MatrixView<const double> b) {
  Matrix<double> result(a.rows, b.columns);
  std::fill_n(result.view().data, a.rows * b.columns, 0.0);
  add_product(result.view(), 1, a, b);
  return result;
}

/// a · bᵀ, on one thread.
/// @param a  m × k @param b  n × k @throws OptionError where shapes disagree.
[[nodiscard]] inline Matrix<double> product_of_rows(MatrixView<const double> a, MatrixView<const double> b) {
  Matrix<double> result(a.rows, b.rows);
  std::fill_n(result.view().data, a.rows * b.rows, 0.0);
  add_product_of_rows(result.view(), 1, a, b);
  return result;
}

}  // namespace multipruner
