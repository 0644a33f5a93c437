#pragma once

#include <cmath>
#include <initializer_list>
#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/key_value_cache.hpp>
#include <multipruner/forward/observer.hpp>
#include <multipruner/forward/sequence_batch.hpp>
#include <multipruner/forward/workspace.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/attention.hpp>
#include <multipruner/simd/linear.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/rotary.hpp>
#include <multipruner/simd/swiglu.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

namespace detail {

/// Products with weights, in the compute type of a forward pass.
struct Multiply {
  simd::Compute compute;

  /// y = x · weightᵀ + bias for several weights.
  void operator()(MatrixView<const float> x, std::initializer_list<simd::LinearTerm> terms) const;

  /// stream += x · weightᵀ + bias
  void add(MatrixView<const float> x, const WeightView& weight, const WeightView& bias, MatrixView<float> stream) const;
};

void require_one_for_each(const SequenceBatch& batch, std::span<const KeyValueCache> caches);

/// What a view has of a block. @throws OptionError where it has nothing.
template <class Weights>
[[nodiscard]] Weights require_present(const std::optional<Weights>& weights, BlockId block) {
  if (weights) return *weights;
  throw OptionError(label_of(block), "the view does not have this block", "Run blocks that are not removed");
}

}  // namespace detail

/// stream ← stream + down_proj(silu(gate_proj(n)) · up_proj(n)), n = RMSNorm(stream), for a layer whose MLP is present.
/// @throws OptionError where it is not, or the stream is not as wide as the model.
template <Observer O>
void run_mlp(const ModelView& view, Index layer, MatrixView<float> stream, Workspace& workspace, O& observer) {
  const BlockId block{layer, BlockKind::mlp};
  const detail::Multiply multiply{workspace.compute()};
  const MlpWeights weights = detail::require_present(view.mlp(layer), block);
  require_shape(stream, stream.rows, view.config().hidden_size, "run_mlp", "the stream");
  const WeightView& norm = view.graph().layer(layer).mlp_norm;
  const Index width = weights.gate_proj.rows;

  const MatrixView<float> normed = workspace.normed.resize(stream.rows, stream.columns);
  const MatrixView<float> gate = workspace.gate.resize(stream.rows, width);
  const MatrixView<float> up = workspace.up.resize(stream.rows, width);

  simd::rms_norm(stream, norm, static_cast<float>(view.config().rms_norm_eps), normed);
  observer(block, Signal::block_input, normed);
  multiply(normed, {{weights.gate_proj, weights.gate_bias, gate}, {weights.up_proj, weights.up_bias, up}});
  simd::silu_multiply(gate, up);
  observer(block, Signal::output_input, gate);
  multiply.add(gate, weights.down_proj, weights.down_bias, stream);
}

/// stream ← stream + o_proj(attention(q, k, v)), causal inside every sequence, for a layer whose attention is present.
///
/// @param caches keys and values of the tokens before these, one for every sequence; or empty.
/// @throws OptionError where it is not, the stream is not rows of the batch × hidden_size, or caches do not fit.
template <Observer O>
void run_attention(const ModelView& view, Index layer, MatrixView<float> stream, const SequenceBatch& batch,
                   Workspace& workspace, O& observer, std::span<KeyValueCache> caches) {
  const BlockId block{layer, BlockKind::attention};
  const detail::Multiply multiply{workspace.compute()};
  const ModelConfig& config = view.config();
  const AttentionWeights weights = detail::require_present(view.attention(layer), block);
  require_shape(stream, batch.rows(), config.hidden_size, "run_attention", "the stream");
  detail::require_one_for_each(batch, caches);
  const WeightView& norm = view.graph().layer(layer).attention_norm;
  const Index width = weights.q_proj.rows;
  const Index kv_width = weights.k_proj.rows;

  const MatrixView<float> normed = workspace.normed.resize(stream.rows, stream.columns);
  const MatrixView<float> queries = workspace.queries.resize(stream.rows, width);
  const MatrixView<float> keys = workspace.keys.resize(stream.rows, kv_width);
  const MatrixView<float> values = workspace.values.resize(stream.rows, kv_width);
  const MatrixView<float> output = workspace.attention.resize(stream.rows, width);

  simd::rms_norm(stream, norm, static_cast<float>(config.rms_norm_eps), normed);
  observer(block, Signal::block_input, normed);
  multiply(normed, {{weights.q_proj, weights.q_bias, queries},
                    {weights.k_proj, weights.k_bias, keys},
                    {weights.v_proj, weights.v_bias, values}});

  const RotaryTable& rotary = workspace.rotary(config, 1 + batch.last_position());
  simd::rotate(queries, config.head_dim, batch.positions(), rotary.cosines(), rotary.sines());
  simd::rotate(keys, config.head_dim, batch.positions(), rotary.cosines(), rotary.sines());

  workspace.segments.clear();
  for (std::size_t i = 0; i < batch.sequences().size(); ++i) {
    const auto& [first, rows] = batch.sequences()[i];
    KeyValueCache::Contents seen{keys.row_range(first, rows), values.row_range(first, rows)};
    if (!caches.empty()) seen = caches[i].append(layer, seen.keys, seen.values);
    workspace.segments.push_back(
        {queries.row_range(first, rows), seen.keys, seen.values, output.row_range(first, rows)});
  }
  const float scale = 1.0f / std::sqrt(static_cast<float>(config.head_dim));
  simd::causal_attention(workspace.segments,
                         {width / config.head_dim, kv_width / config.head_dim, config.head_dim, scale});
  observer(block, Signal::output_input, output);
  multiply.add(output, weights.o_proj, weights.o_bias, stream);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/blocks.ipp>
#endif
