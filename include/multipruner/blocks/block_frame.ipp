// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <multipruner/blocks/block_call.hpp>
#include <multipruner/blocks/block_frame.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/simd/add_scaled.hpp>
#include <multipruner/simd/rms_norm.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE std::optional<SizeProblem> problem_of(const BlockFrame& frame) {
  if (std::isfinite(frame.residual_multiplier) && frame.residual_multiplier != 0) return std::nullopt;
  return SizeProblem{"residual_multiplier", "it is " + exact_text(frame.residual_multiplier)};
}

MULTIPRUNER_INLINE void describe(const BlockFrame& frame, Fields& fields) {
  if (!frame.pre_norm) fields.add("pre_norm", false);
  if (frame.post_norm) fields.add("post_norm", true);
  if (frame.norm_offset) fields.add("norm_offset", true);
  if (frame.residual_multiplier != 1) fields.add("residual_multiplier", frame.residual_multiplier);
}

MULTIPRUNER_INLINE MatrixView<const float> read_stream(const BlockFrame& frame, const WeightView& norm, double epsilon,
                                                       BlockCall& call) {
  if (!frame.pre_norm) return call.in;
  const MatrixView<float> normed = call.workspace.normed.resize(call.in.rows, call.in.columns);
  simd::rms_norm(call.in, norm, static_cast<float>(epsilon), normed, frame.offset());
  return normed;
}

MULTIPRUNER_INLINE void add_output(const BlockFrame& frame, MatrixView<const float> x, const WeightView& weight,
                                   const WeightView& bias, const WeightView& post_norm, double epsilon,
                                   std::size_t buffer, BlockCall& call) {
  if (frame.is_plain()) return call.add(x, weight, bias);
  const MatrixView<float> output = call.workspace.buffer(buffer).resize(call.out.rows, call.out.columns);
  call.multiply(x, {{weight, bias, output}});
  if (frame.post_norm) simd::rms_norm(output, post_norm, static_cast<float>(epsilon), output, frame.offset());
  simd::add_scaled(output, static_cast<float>(frame.residual_multiplier), call.out);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
