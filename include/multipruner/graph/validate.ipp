#pragma once

#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/tensor_shape.hpp>
#include <multipruner/graph/validate.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::optional<SizeProblem> problem_of_sizes(const ModelConfig& config) {
  const std::pair<const char*, Index> sizes[] = {
      {"vocab_size", config.vocab_size},
      {"hidden_size", config.hidden_size},
      {"intermediate_size", config.intermediate_size},
      {"num_hidden_layers", config.num_hidden_layers},
      {"num_attention_heads", config.num_attention_heads},
      {"num_key_value_heads", config.num_key_value_heads},
      {"head_dim", config.head_dim},
  };
  for (const auto& [name, size] : sizes) {
    if (size < 1 || size > largest_size) return SizeProblem{name, "it is " + std::to_string(size)};
  }
  if (config.head_dim % 2 != 0) {
    return SizeProblem{"head_dim", "rotary positions need an even size, not " + std::to_string(config.head_dim)};
  }
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    return SizeProblem{"num_key_value_heads",
                       std::to_string(config.num_attention_heads) + " attention heads cannot share " +
                           std::to_string(config.num_key_value_heads) + " key/value heads evenly"};
  }
  if (config.attention_width() > largest_size) {
    return SizeProblem{"num_attention_heads",
                       "with this head_dim, attention has " + std::to_string(config.attention_width()) + " channels"};
  }
  const Index of_layer = config.hidden_size * (4 * config.attention_width() + 3 * config.intermediate_size + 4);
  const Index of_vocabulary = 2 * config.hidden_size * config.vocab_size;
  if (of_layer > most_parameters / config.num_hidden_layers || of_vocabulary > most_parameters) {
    return SizeProblem{"hidden_size", "with these other sizes, the model has more parameters than any"};
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE void require_sizes(const ModelConfig& config) {
  const auto found = problem_of_sizes(config);
  if (!found) return;
  throw DataError(std::string("configuration: ") + found->name, found->problem,
                  "Set the sizes that the model was made with");
}

/// Checks the shapes and the memory of one model's tensors; keeps the configuration and the layer at hand, so that each
/// check is one line.
class ShapeCheck {
 public:
  ShapeCheck(const ModelConfig& config, const Origin& origin) : config_(config), origin_(origin) {}

  void model(const Weights& weights) {
    expect(TensorRole::embed_tokens, weights.embed_tokens);
    if (static_cast<Index>(weights.layers.size()) != config_.num_hidden_layers) {
      throw DataError("layers",
                      "there are " + std::to_string(weights.layers.size()) + ", but num_hidden_layers is " +
                          std::to_string(config_.num_hidden_layers),
                      "Give one LayerWeights for each layer of the configuration");
    }
    for (const LayerWeights& layer : weights.layers) {
      ++layer_;
      if (layer.attention) attention(layer);
      if (layer.mlp) mlp(layer);
      // Those of removed blocks are not used, but copied and written.
      if (layer.attention_norm) expect(TensorRole::attention_norm, layer.attention_norm);
      if (layer.mlp_norm) expect(TensorRole::mlp_norm, layer.mlp_norm);
    }
    layer_ = -1;
    expect(TensorRole::final_norm, weights.final_norm);
    expect(TensorRole::lm_head, weights.lm_head, TensorShape{config_.vocab_size, config_.hidden_size});  // tied or not
  }

 private:
  void attention(const LayerWeights& layer) {
    const Index width =
        block_width(TensorRole::q_proj, layer.attention->q_proj, config_.attention_width(), config_.group_width());
    expect(TensorRole::attention_norm, layer.attention_norm);
    for_each_tensor(*layer.attention, [&](TensorRole role, const WeightView& view) {
      expect(role, view, tensor_shape(config_, role, width, config_.intermediate_size));
    });
  }

  void mlp(const LayerWeights& layer) {
    const Index channels = block_width(TensorRole::gate_proj, layer.mlp->gate_proj, config_.intermediate_size, 1);
    expect(TensorRole::mlp_norm, layer.mlp_norm);
    for_each_tensor(*layer.mlp, [&](TensorRole role, const WeightView& view) {
      expect(role, view, tensor_shape(config_, role, config_.attention_width(), channels));
    });
  }

  /// The width that a block was left with, which all its tensors must share.
  Index block_width(TensorRole role, const WeightView& view, Index dense_width, Index unit) const {
    if (!view) refuse_missing(role);
    if (view.rows < 1 || view.rows > dense_width || view.rows % unit != 0) {
      throw DataError(origin_.label(role, layer_),
                      "it has " + std::to_string(view.rows) + " rows, but the configuration asks for " +
                          std::to_string(dense_width) + ", or fewer in steps of " + std::to_string(unit),
                      "Check that config.json belongs to these weights");
    }
    return view.rows;
  }

  void expect(TensorRole role, const WeightView& view) const { expect(role, view, tensor_shape(config_, role)); }

  void expect(TensorRole role, const WeightView& view, std::optional<TensorShape> shape) const {
    if (!shape) {
      if (!view) return;
      throw DataError(origin_.label(role, layer_), "there is a bias, but the configuration has none",
                      "Check the bias flags of config.json");
    }
    if (!view) refuse_missing(role);
    if (TensorShape{view.rows, view.columns} == *shape) return expect_readable(role, view);
    throw DataError(origin_.label(role, layer_),
                    "its shape is " + std::to_string(view.rows) + " × " + std::to_string(view.columns) +
                        ", but the configuration asks for " + std::to_string(shape->rows) + " × " +
                        std::to_string(shape->columns),
                    "Check that config.json belongs to these weights");
  }

  void expect_readable(TensorRole role, const WeightView& view) const {
    const char* const problem = problem_of(view);
    if (problem == nullptr) return;
    throw DataError(origin_.label(role, layer_), std::string("its memory ") + problem,
                    "Lend memory that is aligned for its scalar type, with the stride between its rows");
  }

  [[noreturn]] void refuse_missing(TensorRole role) const {
    throw DataError(origin_.label(role, layer_), "the tensor is missing", "Give all tensors of a block, or none");
  }

  const ModelConfig& config_;
  const Origin& origin_;
  Index layer_ = -1;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE void validate(const ModelConfig& config, const Weights& weights, const Origin& origin) {
  detail::require_sizes(config);
  detail::ShapeCheck(config, origin).model(weights);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
