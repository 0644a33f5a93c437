// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A matrix of a model of which more than a hundredth is zero.
struct SparseTensor {
  TensorRole role{};
  Index layer = 0;        ///< negative for matrices that are in none
  std::string name{};     ///< in its checkpoint
  double zeros = 0;       ///< percent
  std::string pattern{};  ///< "2:4" where it has one, see pattern_of
};

/// The matrices of a model with many zeros. Of others only some rows are read.
[[nodiscard]] std::vector<SparseTensor> sparse_tensors(const Graph& graph);

/// A table of these tensors by layer, for a terminal, with the pattern that they satisfy. @param tensors  not empty
[[nodiscard]] std::string sparsity_text(const ModelConfig& config, const std::vector<SparseTensor>& tensors);

/// The same for machines.
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<SparseTensor>& tensors);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/sparse_tensor.ipp>
#endif
