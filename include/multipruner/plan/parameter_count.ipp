// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/validate.hpp>
#include <multipruner/io/staged_directory.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE Index count_parameters(const ModelConfig& config, const Plan& plan) {
  detail::require_sizes(config);
  if (plan.num_blocks() != config.num_blocks()) {
    throw OptionError("plan",
                      "it is for " + std::to_string(plan.num_blocks()) + " blocks, but the model has " +
                          std::to_string(config.num_blocks()),
                      "Use a plan that was made for this model");
  }
  Index total = 0;
  for (std::size_t slot = 0; slot < Ends::slots.size(); ++slot) {
    if (const auto shape = Ends::shape(config, slot)) total += shape->rows * shape->columns;
  }
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    total += config.blocks[{position}].count_parameters(plan.choice({position}));
  }
  return total;
}

MULTIPRUNER_INLINE Index count_parameters(const ModelConfig& config) {
  return config.dense_parameters > 0 ? config.dense_parameters : count_parameters(config, Plan(config));
}

MULTIPRUNER_INLINE Index count_loaded_parameters(const ModelConfig& config, const Plan& plan) {
  Index total = count_parameters(config, plan);
  for (const BlockId block : plan.removed_blocks()) total -= config.blocks[block].count_staying_parameters();
  return total;
}

MULTIPRUNER_INLINE double pruning_ratio(const ModelConfig& config, const Plan& plan) {
  const auto kept = static_cast<double>(count_parameters(config, plan));
  return (1.0 - kept / static_cast<double>(count_parameters(config))) * 100.0;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
