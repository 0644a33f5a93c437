// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// Parameters that a plan leaves, counted as the MultiPruner reference does: embeddings, head (once if tied) and every
/// norm are kept, also the norms of removed blocks; rotary tables are no parameters.
/// @throws DataError for a configuration that cannot be, OptionError for a plan of another one.
[[nodiscard]] Index count_parameters(const ModelConfig& config, const Plan& plan);

/// Parameters of the unpruned model; where its stream was sliced, of the model before that.
[[nodiscard]] Index count_parameters(const ModelConfig& config);

/// Parameters that a stock loader ends up with: the norms of removed blocks, which `count_parameters` keeps, are gone.
[[nodiscard]] Index count_loaded_parameters(const ModelConfig& config, const Plan& plan);

/// Share of the unpruned model's parameters that a plan removes, in percent of the whole model.
[[nodiscard]] double pruning_ratio(const ModelConfig& config, const Plan& plan);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/parameter_count.ipp>
#endif
