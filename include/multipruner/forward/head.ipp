// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/forward/head.hpp>
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/layer_norm.hpp>
#include <multipruner/simd/linear.hpp>
#include <multipruner/simd/rms_norm.hpp>
#include <multipruner/simd/softmax_divergence.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE MatrixView<const float> final_norm(const Graph& graph, MatrixView<const float> stream,
                                                      Workspace& workspace) {
  const MatrixView<float> normed = workspace.normed.resize(stream.rows, stream.columns);
  head_inputs(graph, stream, normed);
  return normed;
}

/// What is done to its logits.
inline simd::LogitTerms logit_terms(const Graph& graph) {
  return {.scale = graph.head_scale(),
          .bias = graph.weights().ends[Ends::lm_head_bias],
          .factor = static_cast<float>(graph.config().logit_scale),
          .soft_cap = static_cast<float>(graph.config().logit_soft_cap)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE void token_losses(const Graph& graph, MatrixView<const float> stream,
                                     std::span<const TokenId> labels, std::span<double> nll, Workspace& workspace) {
  const MatrixView<const float> normed = detail::final_norm(graph, stream, workspace);
  simd::cross_entropy(normed, graph.lm_head(), labels, nll, workspace.compute(), detail::logit_terms(graph));
}

MULTIPRUNER_INLINE void compute_logits(const Graph& graph, MatrixView<const float> stream, MatrixView<float> logits,
                                       Workspace& workspace) {
  const MatrixView<const float> normed = detail::final_norm(graph, stream, workspace);
  simd::linear(normed, graph.lm_head(), {}, logits, simd::Store::overwrite, workspace.compute());
  simd::apply(detail::logit_terms(graph), 0, logits);
}

MULTIPRUNER_INLINE void head_inputs(const Graph& graph, MatrixView<const float> stream, MatrixView<float> states) {
  const auto epsilon = static_cast<float>(graph.config().rms_norm_eps);
  if (graph.config().final_layer_norm) {
    simd::layer_norm(stream, graph.final_norm(), graph.weights().ends[Ends::final_norm_bias], epsilon, states);
  } else {
    const float offset = graph.config().final_norm_offset ? 1.0f : 0.0f;
    simd::rms_norm(stream, graph.final_norm(), epsilon, states, offset);
  }
}

MULTIPRUNER_INLINE void token_divergences(const Graph& reference, MatrixView<const float> states, const Graph& graph,
                                          MatrixView<const float> stream, std::span<const TokenId> labels,
                                          std::span<double> kl, Workspace& workspace) {
  const MatrixView<const float> normed = detail::final_norm(graph, stream, workspace);
  simd::softmax_divergence({states, reference.lm_head(), detail::logit_terms(reference)},
                           {normed, graph.lm_head(), detail::logit_terms(graph)}, labels, kl, workspace.compute());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass
