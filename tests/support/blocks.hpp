// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::test {

/// The blocks of a layer of a decoder all of whose layers have attention and an MLP.
constexpr BlockId attention_of(Index layer) {
  return {2 * layer};
}

constexpr BlockId mlp_of(Index layer) {
  return {2 * layer + 1};
}

constexpr bool is_mlp(BlockId block) {
  return block.position % 2 == 1;
}

constexpr Index layer_of(BlockId block) {
  return block.position / 2;
}

/// A block of one axis becomes narrower; 0 removes it.
constexpr BlockChoice narrowed(BlockId block, Index width) {
  return {block, {{width, 0}}};
}

/// A plan by which whole layers go.
inline Plan without_layers(const Graph& graph, const std::vector<Index>& layers) {
  Plan plan(graph);
  for (const Index layer : layers) {
    plan.remove(attention_of(layer));
    plan.remove(mlp_of(layer));
  }
  return plan;
}

/// Takes away a block from the weights of a model: all its tensors but those that stay, as norms do.
inline void take_away(Weights& weights, const ModelConfig& config, BlockId block) {
  for (std::size_t slot = 0; slot < weights[block].size(); ++slot) {
    if (!config.blocks[block].kind().slots[slot].stays) weights[block][slot] = {};
  }
}

/// Its tensors in a graph: tensor_of(graph, mlp_of(1), GatedMlp::down_proj).
inline const WeightView& tensor_of(const Graph& graph, BlockId block, std::size_t slot) {
  return graph.tensors(block)[slot];
}

}  // namespace multipruner::test
