// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What the head reads, from the residual stream after the last block. Of use until the workspace is used again.
[[nodiscard]] MatrixView<const float> final_norm(const Graph& graph, MatrixView<const float> stream,
                                                 Workspace& workspace);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// Negative log-likelihood, in nats, of each row's label under the model, from the residual stream after the last
/// block. Rows with a negative label get 0. No logits matrix is made.
/// @param nll one number per row.
/// @throws OptionError where shapes disagree or a label lies outside of the vocabulary.
void token_losses(const Graph& graph, MatrixView<const float> stream, std::span<const TokenId> labels,
                  std::span<double> nll, Workspace& workspace);

/// Logits (rows × vocab_size) of each row of the residual stream after the last block.
/// @throws OptionError where shapes disagree.
void compute_logits(const Graph& graph, MatrixView<const float> stream, MatrixView<float> logits, Workspace& workspace);

/// What the head reads: the norm of the residual stream after the last block.
/// @param states  rows × the width of that stream
/// @throws OptionError where shapes disagree.
void head_inputs(const Graph& graph, MatrixView<const float> stream, MatrixView<float> states);

/// Kullback–Leibler divergence, in nats, of each row's next token under a model from that under a reference. Rows with
/// a negative label get 0. No logits matrix is made.
/// @param states  `head_inputs` of the reference, a model of the same vocabulary
/// @param stream  of the model, after its last block
/// @param kl one number per row.
/// @throws OptionError where shapes disagree.
void token_divergences(const Graph& reference, MatrixView<const float> states, const Graph& graph,
                       MatrixView<const float> stream, std::span<const TokenId> labels, std::span<double> kl,
                       Workspace& workspace);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/head.ipp>
#endif
