// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include <multipruner/blocks/alibi_slopes.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/block_call.hpp>
#include <multipruner/blocks/key_value_state.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/graph/block_spec.hpp>
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/rotary.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Keys and values of all tokens that a sequence of a call has seen, its own included.
inline KeyValueState::Contents seen_by(const BlockCall& call, std::size_t sequence, Index head_dim,
                                       MatrixView<const float> keys, MatrixView<const float> values) {
  if (call.states.empty()) return {keys, values};
  auto* const state = dynamic_cast<KeyValueState*>(call.states[sequence]);
  const Index first_row = call.batch.sequences()[sequence].first_row;
  if (state != nullptr) {
    auto seen = state->append(call.batch.positions()[static_cast<std::size_t>(first_row)], keys, values);
    if (simd::attention_rounds(call.workspace.compute())) seen.rounded = &state->rounded(head_dim);
    return seen;
  }
  throw OptionError("key/value cache", "this block has none in it", "Create it for the view that runs");
}

/// Norms queries or keys, rows × (heads · head_dim). One of the weights is there, or none.
inline void norm_heads(const AttentionSpec& spec, const WeightView& of_head, const WeightView& of_width,
                       MatrixView<float> x) {
  const auto epsilon = static_cast<float>(spec.rms_norm_eps);
  if (of_width) simd::rms_norm(x, of_width, epsilon, x, spec.frame.offset());
  if (!of_head) return;
  const MatrixView<float> heads(x.data, x.rows * (x.columns / spec.head_dim), spec.head_dim);
  simd::rms_norm(heads, of_head, epsilon, heads, spec.frame.offset());
}

/// What makes queries and keys know their positions, if they are to.
inline void turn(const AttentionSpec& spec, MatrixView<float> queries, MatrixView<float> keys, BlockCall& call) {
  if (spec.positions != Positions::rotary) return;
  const std::vector<Index>& positions = call.batch.positions();
  const RotaryTable& rotary = call.workspace.rotary(spec.rope, spec.turned(), 1 + call.batch.last_position());
  simd::rotate(queries, spec.head_dim, positions, rotary.cosines(), rotary.sines());
  simd::rotate(keys, spec.head_dim, positions, rotary.cosines(), rotary.sines());
}

/// The problem of a number of a spec, where 0 means that it is not there.
inline std::optional<SizeProblem> problem_of_number(const char* name, double number) {
  if (std::isfinite(number) && number >= 0) return std::nullopt;
  return SizeProblem{name, "it is " + exact_text(number)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE SlotShape Attention::shape(const Spec& spec, std::size_t slot) {
  switch (slot) {
    case norm:
      return {0, 0, spec.frame.pre_norm};
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
    case q_norm:
    case k_norm:
      return {1, spec.head_dim, spec.query_key_norm == QueryKeyNorm::head};
    case q_norm_of_width:
      return {1, spec.width(), spec.query_key_norm == QueryKeyNorm::width};
    case k_norm_of_width:
      return {1, spec.key_value_width(), spec.query_key_norm == QueryKeyNorm::width};
    case post_norm:
      return {1, 0, spec.frame.post_norm};
    case slopes:
      return {1, spec.num_attention_heads, spec.positions == Positions::alibi};
    default:
      return {};
  }
}

MULTIPRUNER_INLINE std::vector<float> Attention::computed(const Spec& spec, std::size_t) {
  return alibi_slopes(spec.num_attention_heads);
}

MULTIPRUNER_INLINE std::optional<SizeProblem> Attention::problem(const Spec& spec) {
  const std::pair<const char*, Index> sizes[] = {{"num_attention_heads", spec.num_attention_heads},
                                                 {"num_key_value_heads", spec.num_key_value_heads},
                                                 {"head_dim", spec.head_dim}};
  for (const auto& [key, size] : sizes) {
    if (size < 1 || size > largest_size) return SizeProblem{key, "it is " + std::to_string(size)};
  }
  if (spec.positions == Positions::rotary && spec.head_dim % 2 != 0) {
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
  if (spec.rotary_dim < 0 || spec.rotary_dim > spec.head_dim || spec.rotary_dim % 2 != 0) {
    return SizeProblem{"partial_rotary_factor", "it turns " + std::to_string(spec.rotary_dim) + " of " +
                                                    std::to_string(spec.head_dim) +
                                                    " channels of a head, not an even number of them"};
  }
  if (spec.rope.scaling == RopeScaling::longrope && static_cast<Index>(spec.rope.factors.size()) != spec.turned() / 2) {
    return SizeProblem{"rope_scaling", "there are " + std::to_string(spec.rope.factors.size()) + " factors for " +
                                           std::to_string(spec.turned() / 2) + " frequencies"};
  }
  if (spec.sliding_window < 0 || spec.sliding_window > most_parameters) {
    return SizeProblem{"sliding_window", "it is " + std::to_string(spec.sliding_window)};
  }
  if (auto found = detail::problem_of_number("scale of attention scores", spec.score_scale)) return found;
  if (auto found = detail::problem_of_number("attn_logit_softcapping", spec.score_soft_cap)) return found;
  return problem_of(spec.frame);
}

MULTIPRUNER_INLINE void Attention::describe(const Spec& spec, Fields& fields) {
  fields.add("num_attention_heads", spec.num_attention_heads);
  fields.add("num_key_value_heads", spec.num_key_value_heads);
  fields.add("head_dim", spec.head_dim);
  fields.add("rms_norm_eps", spec.rms_norm_eps);
  fields.add("qkv_bias", spec.qkv_bias);
  fields.add("o_bias", spec.o_bias);
  if (spec.sliding_window > 0) fields.add("sliding_window", spec.sliding_window);
  if (spec.score_scale != 0) fields.add("score_scale", spec.score_scale);
  if (spec.score_soft_cap != 0) fields.add("score_soft_cap", spec.score_soft_cap);
  if (spec.query_key_norm != QueryKeyNorm::none) fields.add("query_key_norm", name_of(spec.query_key_norm));
  multipruner::describe(spec.frame, fields);
  if (spec.positions != Positions::rotary) return fields.add("positions", name_of(spec.positions));
  if (spec.rotary_dim > 0) fields.add("rotary_dim", spec.rotary_dim);
  fields.add("rope_theta", spec.rope.theta);
  fields.add("rope_scaling", name_of(spec.rope.scaling));
  if (spec.rope.scaling == RopeScaling::none) return;
  fields.add("rope_factor", spec.rope.factor);
  fields.add("rope_low_freq_factor", spec.rope.low_freq_factor);
  fields.add("rope_high_freq_factor", spec.rope.high_freq_factor);
  fields.add("rope_original_max_position_embeddings", spec.rope.original_max_position_embeddings);
  if (spec.rope.scaling == RopeScaling::yarn) {
    fields.add("rope_beta_fast", spec.rope.beta_fast);
    fields.add("rope_beta_slow", spec.rope.beta_slow);
    fields.add("rope_truncate", spec.rope.truncate);
  }
  if (spec.rope.attention_factor != 1) fields.add("rope_attention_factor", spec.rope.attention_factor);
  for (const double factor : spec.rope.factors) fields.add("rope_factor_of_frequency", factor);
}

MULTIPRUNER_INLINE void Attention::run(const Spec& spec, const Choice& choice, Slots tensors, BlockCall& call) {
  Workspace& workspace = call.workspace;
  const Index rows = call.in.rows, width = choice[0], kv_width = tensors[k_proj].rows;
  const MatrixView<const float> normed = read_stream(spec.frame, tensors[norm], spec.rms_norm_eps, call);
  const MatrixView<float> queries = workspace.buffer(0).resize(rows, width);
  const MatrixView<float> keys = workspace.buffer(1).resize(rows, kv_width);
  const MatrixView<float> values = workspace.buffer(2).resize(rows, kv_width);
  const MatrixView<float> output = workspace.buffer(3).resize(rows, width);

  call.observe(block_input, normed);
  call.multiply(normed, {{tensors[q_proj], tensors[q_bias], queries},
                         {tensors[k_proj], tensors[k_bias], keys},
                         {tensors[v_proj], tensors[v_bias], values}});
  detail::norm_heads(spec, tensors[q_norm], tensors[q_norm_of_width], queries);
  detail::norm_heads(spec, tensors[k_norm], tensors[k_norm_of_width], keys);
  detail::turn(spec, queries, keys, call);

  workspace.segments.clear();
  for (std::size_t i = 0; i < call.batch.sequences().size(); ++i) {
    const auto& [first, count] = call.batch.sequences()[i];
    if (count == 0) continue;
    const auto seen =
        detail::seen_by(call, i, spec.head_dim, keys.row_range(first, count), values.row_range(first, count));
    workspace.segments.push_back(
        {queries.row_range(first, count), seen.keys, seen.values, output.row_range(first, count), seen.rounded});
  }
  const AlignedBuffer<float> slopes_of_heads(tensors[slopes].columns);
  if (tensors[slopes]) simd::to_float(tensors[slopes], {slopes_of_heads.data(), 1, tensors[slopes].columns});
  const float usual_scale = 1.0f / std::sqrt(static_cast<float>(spec.head_dim));
  simd::causal_attention(workspace.segments,
                         {.num_attention_heads = width / spec.head_dim,
                          .num_key_value_heads = kv_width / spec.head_dim,
                          .head_dim = spec.head_dim,
                          .scale = spec.score_scale == 0 ? usual_scale : static_cast<float>(spec.score_scale),
                          .window = spec.sliding_window,
                          .soft_cap = static_cast<float>(spec.score_soft_cap),
                          .slopes = slopes_of_heads.span()},
                         workspace.compute());
  call.observe(output_input, output);
  add_output(spec.frame, output, tensors[o_proj], tensors[o_bias], tensors[post_norm], spec.rms_norm_eps, 4, call);
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
