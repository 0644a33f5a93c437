// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/graph/ends.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE std::optional<TensorShape> Ends::shape(const ModelConfig& config, std::size_t slot) {
  require_index(static_cast<Index>(slot), static_cast<Index>(slots.size()), "ends of a model", "tensor");
  const bool absent = (slot == lm_head && config.tie_word_embeddings) ||
                      (slot == final_norm_bias && !config.final_layer_norm) ||
                      (slot == lm_head_bias && !config.head_bias);
  if (absent) return std::nullopt;
  if (slot == lm_head_bias) return TensorShape{1, config.vocab_size};
  const Index rows = slots[slot].is_matrix() ? config.vocab_size : 1;
  return TensorShape{rows, slots[slot].columns == Extent::stream_in ? config.hidden_size : config.last_stream()};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
