#pragma once

#include <optional>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Tensors of an attention block; w query channels, r query heads per key/value head. Absent biases are empty views.
struct AttentionWeights {
  WeightView q_proj{};  ///< w × hidden_size
  WeightView k_proj{};  ///< w/r × hidden_size
  WeightView v_proj{};  ///< w/r × hidden_size
  WeightView o_proj{};  ///< hidden_size × w
  WeightView q_bias{}, k_bias{}, v_bias{}, o_bias{};
};

/// Tensors of a gated MLP block of w channels. Absent biases are empty views.
struct MlpWeights {
  WeightView gate_proj{};  ///< w × hidden_size
  WeightView up_proj{};    ///< w × hidden_size
  WeightView down_proj{};  ///< hidden_size × w
  WeightView gate_bias{}, up_bias{}, down_bias{};
};

/// Tensors of one decoder layer. A block that was pruned away is absent; its norm may still be there (the reference's
/// extraction keeps it) and is not used.
struct LayerWeights {
  WeightView attention_norm{};  ///< 1 × hidden_size
  std::optional<AttentionWeights> attention{};
  WeightView mlp_norm{};  ///< 1 × hidden_size
  std::optional<MlpWeights> mlp{};
};

/// All tensors of a model, as views of memory that somebody else keeps alive.
struct Weights {
  WeightView embed_tokens{};  ///< vocab_size × hidden_size
  std::vector<LayerWeights> layers{};
  WeightView final_norm{};  ///< 1 × hidden_size
  WeightView lm_head{};     ///< vocab_size × hidden_size; the same view as embed_tokens if they are tied
};

/// Calls `f(role, view)` for every tensor slot of a block, empty ones included. Works on const and mutable weights.
template <class Attention, class F>
requires requires(Attention a) {
  a.q_proj;
}
void for_each_tensor(Attention& a, F&& f) {
  f(TensorRole::q_proj, a.q_proj);
  f(TensorRole::q_bias, a.q_bias);
  f(TensorRole::k_proj, a.k_proj);
  f(TensorRole::k_bias, a.k_bias);
  f(TensorRole::v_proj, a.v_proj);
  f(TensorRole::v_bias, a.v_bias);
  f(TensorRole::o_proj, a.o_proj);
  f(TensorRole::o_bias, a.o_bias);
}

template <class Mlp, class F>
requires requires(Mlp m) {
  m.gate_proj;
}
void for_each_tensor(Mlp& m, F&& f) {
  f(TensorRole::gate_proj, m.gate_proj);
  f(TensorRole::gate_bias, m.gate_bias);
  f(TensorRole::up_proj, m.up_proj);
  f(TensorRole::up_bias, m.up_bias);
  f(TensorRole::down_proj, m.down_proj);
  f(TensorRole::down_bias, m.down_bias);
}

/// Calls `f(role, view)` for every tensor slot of one block of a layer; not at all if the block is absent.
template <class Layer, class F>
void for_each_tensor(Layer& layer, BlockKind kind, F&& f) {
  if (kind == BlockKind::attention) {
    if (layer.attention) for_each_tensor(*layer.attention, f);
  } else if (layer.mlp) {
    for_each_tensor(*layer.mlp, f);
  }
}

namespace detail {

/// The layer of a block that is there. @throws OptionError where it is not.
template <class W>
[[nodiscard]] auto& layer_with(W& weights, BlockId block) {
  if (block.layer >= 0 && block.layer < static_cast<Index>(weights.layers.size())) {
    auto& layer = weights.layers[static_cast<std::size_t>(block.layer)];
    if (block.kind == BlockKind::attention ? layer.attention.has_value() : layer.mlp.has_value()) return layer;
  }
  throw OptionError(label_of(block), "the model does not have this block", "Ask for blocks that are there");
}

}  // namespace detail

/// The output matrix of a block that is there, o_proj or down_proj. Works on const and mutable weights.
/// @throws OptionError for another block.
template <class W>
[[nodiscard]] auto& output_matrix(W& weights, BlockId block) {
  auto& layer = detail::layer_with(weights, block);
  return block.kind == BlockKind::attention ? layer.attention->o_proj : layer.mlp->down_proj;
}

/// The bias of that output matrix; an empty view where there is none.
/// @throws OptionError for another block.
template <class W>
[[nodiscard]] auto& output_bias(W& weights, BlockId block) {
  auto& layer = detail::layer_with(weights, block);
  return block.kind == BlockKind::attention ? layer.attention->o_bias : layer.mlp->down_bias;
}

/// Calls `f(role, layer, view)` for every tensor slot of a model in the order of the residual stream, empty slots
/// included. The layer of tensors outside the layers is −1.
template <class W, class F>
requires requires(W w) {
  w.embed_tokens;
}
void for_each_tensor(W& weights, F&& f) {
  f(TensorRole::embed_tokens, Index{-1}, weights.embed_tokens);
  for (Index layer = 0; layer < static_cast<Index>(weights.layers.size()); ++layer) {
    auto& tensors = weights.layers[static_cast<std::size_t>(layer)];
    const auto with_layer = [&](TensorRole role, auto& view) { f(role, layer, view); };
    with_layer(TensorRole::attention_norm, tensors.attention_norm);
    if (tensors.attention) for_each_tensor(*tensors.attention, with_layer);
    with_layer(TensorRole::mlp_norm, tensors.mlp_norm);
    if (tensors.mlp) for_each_tensor(*tensors.mlp, with_layer);
  }
  f(TensorRole::final_norm, Index{-1}, weights.final_norm);
  f(TensorRole::lm_head, Index{-1}, weights.lm_head);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
