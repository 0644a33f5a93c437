#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/graph/weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Rows and columns of a tensor; a vector has one row.
struct TensorShape {
  Index rows = 0;
  Index columns = 0;

  friend constexpr bool operator==(TensorShape, TensorShape) = default;
};

/// The shape of a tensor in a checkpoint, or nothing if the checkpoint does not have it: a bias that the configuration
/// switches off, the head of a model with tied embeddings.
/// @param width query channels of the tensor's attention block.
/// @param channels channels of the tensor's MLP block.
[[nodiscard]] std::optional<TensorShape> tensor_shape(const ModelConfig& config, TensorRole role, Index width,
                                                      Index channels);

/// The same in a checkpoint of the unpruned model.
[[nodiscard]] std::optional<TensorShape> tensor_shape(const ModelConfig& config, TensorRole role);

/// Calls `f(role, layer, shape)` for every tensor of a checkpoint of the unpruned model, in the order of the residual
/// stream. The layer of tensors outside the layers is −1.
template <class F>
void for_each_tensor_shape(const ModelConfig& config, F&& f) {
  const LayerWeights layer{.attention = AttentionWeights{}, .mlp = MlpWeights{}};
  const Weights slots{.layers = std::vector(static_cast<std::size_t>(config.num_hidden_layers), layer)};
  for_each_tensor(slots, [&](TensorRole role, Index index, const WeightView&) {
    if (const auto shape = tensor_shape(config, role)) f(role, index, *shape);
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/tensor_shape.ipp>
#endif
