// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// stream row i ← embedding of tokens[i], times the configuration's `embedding_scale`; the residual stream before the
/// first block.
/// @param stream  tokens × hidden_size
/// @throws DataError if a token id is not in the vocabulary, OptionError where the stream has another shape.
void embed(const Graph& graph, std::span<const TokenId> tokens, MatrixView<float> stream);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/embedding.ipp>
#endif
