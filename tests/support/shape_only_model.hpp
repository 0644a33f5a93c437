// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::test {

/// A model of any size to count with: its tensors have shapes and no entries that could be read.
inline Graph shape_only_model(const ModelConfig& config) {
  alignas(64) static const float nothing = 0;
  Weights weights(config);
  for_each_tensor_shape(config, [&](const TensorPlace& place, TensorShape shape) {
    WeightView& view =
        place.block.position < 0 ? weights.ends[place.slot_index] : weights[place.block][place.slot_index];
    view = WeightView(&nothing, shape.rows, shape.columns);
  });
  if (config.tie_word_embeddings) weights.ends[Ends::lm_head] = weights.ends[Ends::embed_tokens];
  return {config, weights};
}

}  // namespace multipruner::test
