// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <multipruner/core/types.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::test {

/// All entries of a weight, row by row, in double precision.
inline std::vector<double> values_of(const WeightView& weight) {
  std::vector<double> values;
  weight.visit([&](const auto matrix) {
    for (Index row = 0; row < matrix.rows; ++row) {
      for (Index i = 0; i < matrix.columns; ++i) values.push_back(static_cast<double>(to_float(matrix.row(row)[i])));
    }
  });
  return values;
}

/// Negative log-likelihood of a label from one row of the residual stream after the last block, by the definition: RMS
/// norm, logits, log of softmax; plain loops in double precision.
inline double reference_loss(const Graph& graph, std::span<const float> row, TokenId label) {
  const std::vector<double> norm = values_of(graph.final_norm());
  const std::vector<double> head = values_of(graph.lm_head());
  const std::size_t size = row.size();
  double squares = 0;
  for (const float x : row) squares += static_cast<double>(x) * static_cast<double>(x);
  const double scale = 1 / std::sqrt(squares / static_cast<double>(size) + graph.config().rms_norm_eps);
  std::vector<double> logits;
  for (std::size_t token = 0; token * size < head.size(); ++token) {
    double logit = 0;
    for (std::size_t i = 0; i < size; ++i) {
      logit += head[token * size + i] * norm[i] * static_cast<double>(row[i]) * scale;
    }
    logits.push_back(logit);
  }
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit - largest);
  return largest + std::log(sum) - logits[static_cast<std::size_t>(label)];
}

}  // namespace multipruner::test
