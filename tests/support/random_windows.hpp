// SPDX-License-Identifier: MIT
#pragma once

#include <random>
#include <utility>
#include <vector>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::test {

/// Windows of tokens that the model knows, drawn at random.
inline TokenWindows random_windows(const Graph& graph, Index count, Index length, unsigned seed = 3) {
  std::mt19937 random(seed);
  std::vector<TokenId> tokens(static_cast<std::size_t>(count * length));
  for (TokenId& id : tokens) id = static_cast<TokenId>(random() % static_cast<unsigned>(graph.config().vocab_size));
  return {length, std::move(tokens)};
}

}  // namespace multipruner::test
