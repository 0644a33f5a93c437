#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/validate.hpp>
#include <multipruner/io/staged_directory.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Index count_block_parameters(const ModelConfig& config, BlockKind kind, Index width) {
  detail::require_sizes(config);
  const Index whole = kind == BlockKind::mlp ? config.intermediate_size : config.attention_width();
  require_range(0, width, whole, "parameters of a block", "channels");
  if (width == 0) return 0;
  const Index hidden = config.hidden_size;
  if (kind == BlockKind::mlp) return 3 * hidden * width + (config.mlp_bias ? 2 * width + hidden : 0);
  const Index kv_width = width / config.heads_per_group();
  return 2 * hidden * width + 2 * hidden * kv_width + (config.qkv_bias ? width + 2 * kv_width : 0) +
         (config.o_bias ? hidden : 0);
}

MULTIPRUNER_INLINE Index count_parameters(const ModelConfig& config, const Plan& plan) {
  detail::require_sizes(config);
  if (plan.num_blocks() != config.num_blocks()) {
    throw OptionError("plan",
                      "it is for " + std::to_string(plan.num_layers()) + " layers, but the model has " +
                          std::to_string(config.num_hidden_layers),
                      "Use a plan that was made for this model");
  }
  const Index hidden = config.hidden_size;
  Index total = config.vocab_size * hidden * (config.tie_word_embeddings ? 1 : 2) + hidden + plan.num_blocks() * hidden;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block = block_at(position);
    total += count_block_parameters(config, block.kind, plan.width(block));
  }
  return total;
}

MULTIPRUNER_INLINE Index count_parameters(const ModelConfig& config) {
  return count_parameters(config, Plan(config));
}

MULTIPRUNER_INLINE Index count_loaded_parameters(const ModelConfig& config, const Plan& plan) {
  return count_parameters(config, plan) - static_cast<Index>(plan.removal_order().size()) * config.hidden_size;
}

MULTIPRUNER_INLINE double pruning_ratio(const ModelConfig& config, const Plan& plan) {
  const auto kept = static_cast<double>(count_parameters(config, plan));
  return (1.0 - kept / static_cast<double>(count_parameters(config))) * 100.0;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
