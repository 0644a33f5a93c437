// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/block_call.hpp>
#include <multipruner/blocks/key_value_state.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/graph/block_spec.hpp>
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/rotary.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Keys and values of all tokens that a sequence of a call has seen, its own included.
inline KeyValueState::Contents seen_by(const BlockCall& call, std::size_t sequence, MatrixView<const float> keys,
                                       MatrixView<const float> values) {
  if (call.states.empty()) return {keys, values};
  auto* const state = dynamic_cast<KeyValueState*>(call.states[sequence]);
  const Index first_row = call.batch.sequences()[sequence].first_row;
  if (state != nullptr) {
    return state->append(call.batch.positions()[static_cast<std::size_t>(first_row)], keys, values);
  }
  throw OptionError("key/value cache", "this block has none in it", "Create it for the view that runs");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE SlotShape Attention::shape(const Spec& spec, std::size_t slot) {
  switch (slot) {
    case q_proj:
    case o_proj:
      return {spec.width(), spec.width()};
    case q_bias:
      return {1, spec.width(), spec.qkv_bias};
    case k_proj:
    case v_proj:
      return {spec.key_value_width(), 0};
    case k_bias:
    case v_bias:
      return {1, spec.key_value_width(), spec.qkv_bias};
    case o_bias:
      return {1, 0, spec.o_bias};
    default:
      return {};
  }
}

MULTIPRUNER_INLINE std::optional<SizeProblem> Attention::problem(const Spec& spec) {
  const std::pair<const char*, Index> sizes[] = {{"num_attention_heads", spec.num_attention_heads},
                                                 {"num_key_value_heads", spec.num_key_value_heads},
                                                 {"head_dim", spec.head_dim}};
  for (const auto& [key, size] : sizes) {
    if (size < 1 || size > largest_size) return SizeProblem{key, "it is " + std::to_string(size)};
  }
  if (spec.head_dim % 2 != 0) {
    return SizeProblem{"head_dim", "rotary positions need an even size, not " + std::to_string(spec.head_dim)};
  }
  if (spec.num_attention_heads % spec.num_key_value_heads != 0) {
    return SizeProblem{"num_key_value_heads", std::to_string(spec.num_attention_heads) +
                                                  " attention heads cannot share " +
                                                  std::to_string(spec.num_key_value_heads) + " key/value heads evenly"};
  }
  if (spec.width() > largest_size) {
    return SizeProblem{"num_attention_heads",
                       "with this head_dim, attention has " + std::to_string(spec.width()) + " channels"};
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE void Attention::describe(const Spec& spec, Fields& fields) {
  fields.add("num_attention_heads", spec.num_attention_heads);
  fields.add("num_key_value_heads", spec.num_key_value_heads);
  fields.add("head_dim", spec.head_dim);
  fields.add("rms_norm_eps", spec.rms_norm_eps);
  fields.add("qkv_bias", spec.qkv_bias);
  fields.add("o_bias", spec.o_bias);
  fields.add("rope_theta", spec.rope.theta);
  fields.add("rope_scaling", name_of(spec.rope.scaling));
  if (spec.rope.scaling == RopeScaling::none) return;
  fields.add("rope_factor", spec.rope.factor);
  fields.add("rope_low_freq_factor", spec.rope.low_freq_factor);
  fields.add("rope_high_freq_factor", spec.rope.high_freq_factor);
  fields.add("rope_original_max_position_embeddings", spec.rope.original_max_position_embeddings);
}

MULTIPRUNER_INLINE void Attention::run(const Spec& spec, const Choice& choice, Slots tensors, BlockCall& call) {
  Workspace& workspace = call.workspace;
  const Index rows = call.in.rows, width = choice[0], kv_width = tensors[k_proj].rows;
  const MatrixView<float> normed = workspace.normed.resize(rows, call.in.columns);
  const MatrixView<float> queries = workspace.buffer(0).resize(rows, width);
  const MatrixView<float> keys = workspace.buffer(1).resize(rows, kv_width);
  const MatrixView<float> values = workspace.buffer(2).resize(rows, kv_width);
  const MatrixView<float> output = workspace.buffer(3).resize(rows, width);

  simd::rms_norm(call.in, tensors[norm], static_cast<float>(spec.rms_norm_eps), normed);
  call.observe(block_input, normed);
  call.multiply(normed, {{tensors[q_proj], tensors[q_bias], queries},
                         {tensors[k_proj], tensors[k_bias], keys},
                         {tensors[v_proj], tensors[v_bias], values}});

  const RotaryTable& rotary = workspace.rotary(spec.rope, spec.head_dim, 1 + call.batch.last_position());
  simd::rotate(queries, spec.head_dim, call.batch.positions(), rotary.cosines(), rotary.sines());
  simd::rotate(keys, spec.head_dim, call.batch.positions(), rotary.cosines(), rotary.sines());

  workspace.segments.clear();
  for (std::size_t i = 0; i < call.batch.sequences().size(); ++i) {
    const auto& [first, count] = call.batch.sequences()[i];
    if (count == 0) continue;
    const auto seen = detail::seen_by(call, i, keys.row_range(first, count), values.row_range(first, count));
    workspace.segments.push_back(
        {queries.row_range(first, count), seen.keys, seen.values, output.row_range(first, count)});
  }
  const float scale = 1.0f / std::sqrt(static_cast<float>(spec.head_dim));
  simd::causal_attention(workspace.segments, {width / spec.head_dim, kv_width / spec.head_dim, spec.head_dim, scale});
  call.observe(output_input, output);
  call.add(output, tensors[o_proj], tensors[o_bias]);
}

MULTIPRUNER_INLINE std::unique_ptr<BlockState> Attention::state(const Spec&, const Choice&, Slots tensors,
                                                                Index capacity) {
  return std::make_unique<KeyValueState>(capacity, tensors[k_proj].rows);
}

MULTIPRUNER_INLINE Index Attention::state_bytes(const Spec& spec, const Choice& choice, Index capacity) {
  const Index key_value_width = choice[0] / spec.heads_per_group();
  return product_of_sizes("key/value cache", {2, sizeof(float), capacity, key_value_width});
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
