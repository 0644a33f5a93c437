#pragma once

#include <span>

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// A copy of a stored weight in double (rows × columns), for linear algebra on weights of any scalar type.
/// @tparam Target  a matrix of doubles, in either storage order @throws OptionError for a view that cannot be read.
template <class Target = Eigen::MatrixXd>
[[nodiscard]] Target to_eigen(const WeightView& weight) {
  require_view(weight, "to_eigen", "the weight");
  Target copy(weight.rows, weight.columns);
  weight.visit([&](const auto matrix) {
    parallel_for(matrix.rows, [&](Index row) {
      for (Index column = 0; column < matrix.columns; ++column) {
        copy(row, column) = static_cast<double>(to_float(matrix.row(row)[column]));
      }
    });
  });
  return copy;
}

/// The entries of a matrix in some rows and columns. @throws OptionError for one that it does not have.
[[nodiscard]] Eigen::MatrixXd select(const Eigen::MatrixXd& matrix, std::span<const Index> rows,
                                     std::span<const Index> columns);

/// The entries of a matrix in some columns. @throws OptionError for one that it does not have.
[[nodiscard]] Eigen::MatrixXd select_columns(const Eigen::MatrixXd& matrix, std::span<const Index> columns);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/eigen.ipp>
#endif
