// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/blocks/block_call.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/graph/block_spec.hpp>
#include <multipruner/simd/geglu.hpp>
#include <multipruner/simd/swiglu.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// gate = activation(gate) · up
inline void multiply_activated(Activation activation, MatrixView<float> gate, MatrixView<const float> up) {
  switch (activation) {
    case Activation::silu:
      return simd::silu_multiply(gate, up);
    case Activation::gelu:
      return simd::gelu_multiply(gate, up);
    case Activation::gelu_tanh:
      return simd::gelu_tanh_multiply(gate, up);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE SlotShape GatedMlp::shape(const Spec& spec, std::size_t slot) {
  if (slot == norm) return {0, 0, spec.frame.pre_norm};
  if (slot == post_norm) return {0, 0, spec.frame.post_norm};
  const bool is_bias = slot == gate_bias || slot == up_bias || slot == down_bias;
  return {spec.intermediate_size, spec.intermediate_size, !is_bias || spec.bias};
}

MULTIPRUNER_INLINE std::optional<SizeProblem> GatedMlp::problem(const Spec& spec) {
  if (spec.intermediate_size >= 1 && spec.intermediate_size <= largest_size) return problem_of(spec.frame);
  return SizeProblem{"intermediate_size", "it is " + std::to_string(spec.intermediate_size)};
}

MULTIPRUNER_INLINE void GatedMlp::describe(const Spec& spec, Fields& fields) {
  fields.add("intermediate_size", spec.intermediate_size);
  fields.add("rms_norm_eps", spec.rms_norm_eps);
  fields.add("mlp_bias", spec.bias);
  if (spec.activation != Activation::silu) fields.add("activation", name_of(spec.activation));
  multipruner::describe(spec.frame, fields);
}

MULTIPRUNER_INLINE void GatedMlp::run(const Spec& spec, const Choice& choice, Slots tensors, BlockCall& call) {
  const MatrixView<const float> normed = read_stream(spec.frame, tensors[norm], spec.rms_norm_eps, call);
  const MatrixView<float> gate = call.workspace.buffer(0).resize(call.in.rows, choice[0]);
  const MatrixView<float> up = call.workspace.buffer(1).resize(call.in.rows, choice[0]);

  call.observe(block_input, normed);
  call.multiply(normed, {{tensors[gate_proj], tensors[gate_bias], gate}, {tensors[up_proj], tensors[up_bias], up}});
  detail::multiply_activated(spec.activation, gate, up);
  call.observe(output_input, gate);
  add_output(spec.frame, gate, tensors[down_proj], tensors[down_bias], tensors[post_norm], spec.rms_norm_eps, 2, call);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
