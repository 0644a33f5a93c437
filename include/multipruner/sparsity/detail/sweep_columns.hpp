// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/tensor/dot.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError for a number of columns per block that cannot be.
void require_block(Index block);

/// The outer loop of SparseGPT (arXiv 2301.00774, Algorithm 1): blocks of columns are pruned from left to right, and
/// what that does to the output is made up for by the columns to the right of the block.
///
/// A change of a row by −e·U, e being zero outside of the block, costs ½‖e‖²: U H Uᵀ is the identity, and so the costs
/// of the blocks add up.
///
/// @param weights changed in place
/// @param factor U, upper triangular, UᵀU being the inverse Hessian
/// @param begin_block (first, size), called when the columns before `first` are done, gives a function
///   (row, count, errors) that, for so many rows, prunes the block's own columns, and sets errors (count × size, zero
///   before) to e. It is called in parallel.
/// @returns ½‖e‖² of every row.
template <class BeginBlock>
std::vector<double> sweep_columns(MatrixView<double> weights, MatrixView<const double> factor, Index block,
                                  BeginBlock&& begin_block) {
  const Index columns = weights.columns;
  std::vector<double> loss(static_cast<std::size_t>(weights.rows));
  for (Index first = 0; first < columns; first += block) {
    const Index size = std::min(block, columns - first);
    const Index end = first + size;
    const auto prune_rows = begin_block(first, size);
    for_each_tile(weights.rows, [&](Index row, Index count) {
      Matrix<double> errors = zero_matrix(count, size);
      prune_rows(row, count, errors.view());
      for (Index i = 0; i < count; ++i) {
        loss[static_cast<std::size_t>(row + i)] += 0.5 * squared_norm(errors.view().row(i), size);
      }
      add_product(weights.row_range(row, count).column_range(end, columns - end), -1, errors.view(),
                  factor.row_range(first, size).column_range(end, columns - end));
    });
  }
  return loss;
}

/// Removes one weight of a block after the other, each as if it were the last: its error goes to the block's columns to
/// the right of it. One row.
/// @param removed (j) whether column j of the block is removed, asked when the columns before it are done
template <class Removed>
void remove_in_sequence(double* weights, double* errors, MatrixView<const double> factor, Index first, Index size,
                        Removed&& removed) {
  for (Index j = 0; j < size; ++j) {
    if (!removed(j)) continue;
    const double* const row = factor.row(first + j) + first;
    const double error = weights[j] / row[j];
    for (Index i = j + 1; i < size; ++i) weights[i] -= error * row[i];
    weights[j] = 0;
    errors[j] = error;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/sweep_columns.ipp>
#endif
