// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <support/eigen.hpp>

#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/derived_weights.hpp>

namespace multipruner::test {

/// The N smallest of each M neighbours in a row.
inline WeightMask magnitude_mask(const RowMajor& weight, NOfM pattern) {
  WeightMask mask(weight.rows(), weight.cols());
  for (Index row = 0; row < weight.rows(); ++row) {
    for (Index first = 0; first < weight.cols(); first += pattern.group) {
      std::vector<Index> columns;
      for (Index j = 0; j < pattern.group; ++j) columns.push_back(first + j);
      std::ranges::sort(columns, {}, [&](Index j) { return std::abs(weight(row, j)); });
      for (Index i = 0; i < pattern.removed; ++i) mask.remove(row, columns[static_cast<std::size_t>(i)]);
    }
  }
  return mask;
}

/// The graph with the smallest weights of all linears of its blocks set to zero.
/// @param pattern  groups that divide all columns; one of all columns of a row is an unstructured mask
inline Graph masked_model(const Graph& graph, NOfM pattern) {
  auto storage = std::make_shared<DerivedWeights>(graph.storage());
  Weights weights = graph.weights();
  for_each_place(graph.config(), weights, [&](const TensorPlace& place, WeightView& view) {
    if (!view || !place.slot->linear) return;
    WeightMatrix matrix = to_weight_matrix(view);
    remove_masked(matrix.view(), magnitude_mask(to_eigen(matrix), pattern));
    view = store_weights(storage->copies, matrix.view(), view.dtype);
  });
  return {graph.config(), std::move(weights), std::move(storage), graph.origin()};
}

}  // namespace multipruner::test
