// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <multipruner/forward/forward.hpp>

namespace multipruner::test {

/// A window of tokens that a seed draws.
inline std::vector<TokenId> window_tokens(const ModelConfig& config, Index length = 24, unsigned seed = 7) {
  std::mt19937 random(seed);
  std::vector<TokenId> tokens(static_cast<std::size_t>(length));
  for (TokenId& token : tokens) token = static_cast<TokenId>(random() % static_cast<unsigned>(config.vocab_size));
  return tokens;
}

/// Logits of `window_tokens`, in float32.
inline Matrix<float> window_logits(const ModelView& view) {
  const std::vector<TokenId> tokens = window_tokens(view.config());
  const auto length = static_cast<Index>(tokens.size());
  Workspace workspace;
  const Matrix<float> stream = forward(view, tokens, SequenceBatch(1, length), workspace);
  Matrix<float> logits(length, view.config().vocab_size);
  compute_logits(view.graph(), stream.view(), logits.view(), workspace);
  return logits;
}

inline double largest_difference(const Matrix<float>& a, const Matrix<float>& b) {
  double largest = 0;
  for (Index row = 0; row < a.rows(); ++row) {
    for (Index column = 0; column < a.columns(); ++column) {
      largest = std::max<double>(largest, std::abs(a.view().row(row)[column] - b.view().row(row)[column]));
    }
  }
  return largest;
}

}  // namespace multipruner::test
