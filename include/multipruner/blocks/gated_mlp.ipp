// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/blocks/block_call.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/graph/block_spec.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/swiglu.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE SlotShape GatedMlp::shape(const Spec& spec, std::size_t slot) {
  const bool is_bias = slot == gate_bias || slot == up_bias || slot == down_bias;
  return {spec.intermediate_size, spec.intermediate_size, !is_bias || spec.bias};
}

MULTIPRUNER_INLINE std::optional<SizeProblem> GatedMlp::problem(const Spec& spec) {
  if (spec.intermediate_size >= 1 && spec.intermediate_size <= largest_size) return std::nullopt;
  return SizeProblem{"intermediate_size", "it is " + std::to_string(spec.intermediate_size)};
}

MULTIPRUNER_INLINE void GatedMlp::describe(const Spec& spec, Fields& fields) {
  fields.add("intermediate_size", spec.intermediate_size);
  fields.add("rms_norm_eps", spec.rms_norm_eps);
  fields.add("mlp_bias", spec.bias);
}

MULTIPRUNER_INLINE void GatedMlp::run(const Spec& spec, const Choice& choice, Slots tensors, BlockCall& call) {
  const MatrixView<float> normed = call.workspace.normed.resize(call.in.rows, call.in.columns);
  const MatrixView<float> gate = call.workspace.buffer(0).resize(call.in.rows, choice[0]);
  const MatrixView<float> up = call.workspace.buffer(1).resize(call.in.rows, choice[0]);

  simd::rms_norm(call.in, tensors[norm], static_cast<float>(spec.rms_norm_eps), normed);
  call.observe(block_input, normed);
  call.multiply(normed, {{tensors[gate_proj], tensors[gate_bias], gate}, {tensors[up_proj], tensors[up_bias], up}});
  simd::silu_multiply(gate, up);
  call.observe(output_input, gate);
  call.add(gate, tensors[down_proj], tensors[down_bias]);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
