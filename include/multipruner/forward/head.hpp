#pragma once

#include <span>

#include <multipruner/forward/workspace.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/linear.hpp>
#include <multipruner/simd/rms_norm.hpp>

namespace multipruner {

/// Negative log-likelihood, in nats, of each row's label under the model, from the residual stream after the last
/// block. Rows with a negative label get 0. No logits matrix is made.
/// @param nll one number per row.
/// @throws OptionError where shapes disagree or a label lies outside of the vocabulary.
inline void token_losses(const Graph& graph, MatrixView<const float> stream, std::span<const TokenId> labels,
                         std::span<double> nll, Workspace& workspace) {
  const MatrixView<float> normed = workspace.normed.resize(stream.rows, stream.columns);
  simd::rms_norm(stream, graph.weights().final_norm, static_cast<float>(graph.config().rms_norm_eps), normed);
  simd::cross_entropy(normed, graph.weights().lm_head, labels, nll, workspace.compute());
}

/// Logits (rows × vocab_size) of each row of the residual stream after the last block.
/// @throws OptionError where shapes disagree.
inline void compute_logits(const Graph& graph, MatrixView<const float> stream, MatrixView<float> logits,
                           Workspace& workspace) {
  const MatrixView<float> normed = workspace.normed.resize(stream.rows, stream.columns);
  simd::rms_norm(stream, graph.weights().final_norm, static_cast<float>(graph.config().rms_norm_eps), normed);
  simd::linear(normed, graph.weights().lm_head, {}, logits, simd::Store::overwrite, workspace.compute());
}

}  // namespace multipruner
