#pragma once

#include <multipruner/forward/head.hpp>
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/linear.hpp>
#include <multipruner/simd/rms_norm.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE void token_losses(const Graph& graph, MatrixView<const float> stream,
                                     std::span<const TokenId> labels, std::span<double> nll, Workspace& workspace) {
  const MatrixView<float> normed = workspace.normed.resize(stream.rows, stream.columns);
  simd::rms_norm(stream, graph.weights().final_norm, static_cast<float>(graph.config().rms_norm_eps), normed);
  simd::cross_entropy(normed, graph.weights().lm_head, labels, nll, workspace.compute());
}

MULTIPRUNER_INLINE void compute_logits(const Graph& graph, MatrixView<const float> stream, MatrixView<float> logits,
                                       Workspace& workspace) {
  const MatrixView<float> normed = workspace.normed.resize(stream.rows, stream.columns);
  simd::rms_norm(stream, graph.weights().final_norm, static_cast<float>(graph.config().rms_norm_eps), normed);
  simd::linear(normed, graph.weights().lm_head, {}, logits, simd::Store::overwrite, workspace.compute());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
