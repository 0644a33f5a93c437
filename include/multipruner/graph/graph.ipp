#pragma once

#include <cstddef>
#include <utility>

#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/validate.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Graph::Graph(ModelConfig config, Weights weights, std::shared_ptr<const WeightMemory> storage,
                                Origin origin)
    : config_(std::move(config)),
      weights_(std::move(weights)),
      storage_(std::move(storage)),
      origin_(std::move(origin)) {
  validate(config_, weights_, origin_);
}

MULTIPRUNER_INLINE const LayerWeights& Graph::layer(Index i) const {
  require_index(i, static_cast<Index>(weights_.layers.size()), "graph", "layer");
  return weights_.layers[static_cast<std::size_t>(i)];
}

MULTIPRUNER_INLINE void Graph::release(const WeightView& weight) const noexcept {
  if (storage_ && weight) storage_->release(weight);
}

MULTIPRUNER_INLINE void Graph::release(BlockId block) const {
  for_each_tensor(layer(block.layer), block.kind, [&](TensorRole, const WeightView& weight) { release(weight); });
}

MULTIPRUNER_INLINE Index Graph::width(BlockId block) const {
  const LayerWeights& tensors = layer(block.layer);
  if (block.kind == BlockKind::attention) return tensors.attention ? tensors.attention->q_proj.rows : 0;
  return tensors.mlp ? tensors.mlp->gate_proj.rows : 0;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
