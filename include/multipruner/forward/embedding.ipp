// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/forward/embedding.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE void embed(const Graph& graph, std::span<const TokenId> tokens, MatrixView<float> stream) {
  const auto rows = static_cast<Index>(tokens.size());
  require_shape(stream, rows, graph.config().hidden_size, "embed", "the stream");
  const Index vocab_size = graph.config().vocab_size;
  for (const TokenId token : tokens) {
    if (token >= 0 && token < vocab_size) continue;
    throw DataError("token id " + std::to_string(token), "the vocabulary has " + std::to_string(vocab_size) + " tokens",
                    "Use the tokenizer that belongs to the model");
  }
  constexpr Index rows_per_task = 64;
  const auto scale = static_cast<float>(graph.config().embedding_scale);
  parallel_for((rows + rows_per_task - 1) / rows_per_task, [&](Index task) {
    const Index first = task * rows_per_task;
    for (Index row = first; row < std::min(rows, first + rows_per_task); ++row) {
      const Index token = tokens[static_cast<std::size_t>(row)];
      simd::to_float(graph.embed_tokens().row_range(token, 1), stream.row_range(row, 1));
      if (scale == 1) continue;
      std::transform(stream.row(row), stream.row(row) + stream.columns, stream.row(row),
                     [scale](float x) { return scale * x; });
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass
