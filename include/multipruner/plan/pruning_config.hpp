#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/pruning_config.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// A plan in the form of the released MultiPruner code. All layers appear in both width maps; removed blocks with their
/// unpruned width, which readers ignore.
[[nodiscard]] PruningConfig to_pruning_config(const ModelConfig& config, const Plan& plan);

/// The plan that a pruning_config.json describes: attention removals first, then MLP removals (the file does not tell
/// how they alternated). Layers without a width keep all channels.
[[nodiscard]] Plan to_plan(const ModelConfig& config, const PruningConfig& pruning);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/pruning_config.ipp>
#endif
