// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/simd/rounded_keys_and_values.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// The heads of an attention layer. Query head h reads key/value head h / (heads / key/value heads).
struct AttentionShape {
  Index num_attention_heads = 0;
  Index num_key_value_heads = 0;
  Index head_dim = 0;
  float scale = 1;                  ///< multiplies the scores, usually 1 / sqrt(head_dim)
  Index window = 0;                 ///< a query sees so many keys at most, its own and those before it; 0: all
  float soft_cap = 0;               ///< scores become cap · tanh(score / cap); 0: they stay
  std::span<const float> slopes{};  ///< one for every query head, or none: ALiBi
};

/// One sequence: queries are rows × (heads · head_dim), keys and values n × (key/value heads · head_dim) with
/// n ≥ rows, the output like the queries. Query i sees the keys 0 … n − rows + i.
struct AttentionSegment {
  MatrixView<const float> queries, keys, values;
  MatrixView<float> output;
  const RoundedKeysAndValues* rounded = nullptr;  ///< these keys and values, if they are kept; for bfloat16 only
};

/// Whether causal_attention in a compute type rounds its operands on this processor: in bfloat16, with AMX.
[[nodiscard]] bool attention_rounds(Compute compute);

/// Causal softmax attention, output = softmax(scale · queries · keysᵀ) · values, for every head of every
/// segment. Scores are capped first and, where there are slopes, slope · (key − query) is added then, of the positions
/// in the sequence: ALiBi (Press et al., arXiv 2108.12409).
///
/// An output row depends only on its query and the keys and values that it sees, to the bit: whether it is
/// computed with later queries beside it or alone against a cache, together with other segments, by one
/// thread or many. The memory needed is linear in the number of tokens. Outputs may overlap nothing else,
/// except each its own queries.
///
/// @param compute  what the two products are computed in. Where attention_rounds, queries, keys, values and the weights
///                 of the softmax are rounded to bfloat16; elsewhere bfloat16 is float32, too. Sums and the softmax are
///                 float32.
/// Throws OptionError where shapes disagree, and for a window or a cap below 0.
void causal_attention(std::span<const AttentionSegment> segments, const AttentionShape& shape,
                      Compute compute = Compute::float32);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/causal_attention.ipp>
#endif
