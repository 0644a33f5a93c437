// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/graph/graph.hpp>

namespace multipruner::cli {

/// A matrix of a model of which more than a hundredth is zero.
struct SparseTensor {
  TensorRole role{};
  Index layer = 0;
  double zeros = 0;       ///< percent
  std::string pattern{};  ///< "2:4" where it has one, see pattern_of
};

/// The matrices of a model with many zeros. Of others only some rows are read.
[[nodiscard]] std::vector<SparseTensor> sparse_tensors(const Graph& graph);

/// A table of these tensors by layer, with the pattern that they satisfy. @param tensors  not empty
[[nodiscard]] std::string sparsity_text(const Graph& graph, const std::vector<SparseTensor>& tensors);

[[nodiscard]] nlohmann::ordered_json sparsity_json(const Graph& graph, const std::vector<SparseTensor>& tensors);

}  // namespace multipruner::cli
