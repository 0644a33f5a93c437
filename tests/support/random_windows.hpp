// SPDX-License-Identifier: MIT
#pragma once

#include <random>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::test {

/// Windows of tokens that the model knows, drawn at random.
inline TokenWindows random_windows(const Graph& graph, Index count, Index length, unsigned seed = 3) {
  std::mt19937 random(seed);
  TokenWindows windows{length, {}};
  for (Index i = 0; i < count * length; ++i) {
    windows.tokens.push_back(static_cast<TokenId>(random() % static_cast<unsigned>(graph.config().vocab_size)));
  }
  return windows;
}

}  // namespace multipruner::test
