// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// rows · symmetric, on one thread.
/// @tparam Rows  Eigen's, row-major, or a vector, which is one row @param rows  m × n @param symmetric  n × n
/// @throws OptionError where shapes disagree.
template <class Rows>
[[nodiscard]] Rows times_symmetric(const Rows& rows, MatrixView<const double> symmetric) {
  Rows result = Rows::Zero(rows.rows(), rows.cols());
  add_product(stored_rows(result), 1, stored_rows(rows), symmetric);
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
