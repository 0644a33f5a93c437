// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/pruning_config.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// What a pruning_config.json of a model has entries for: its kinds of block and their axes, in the order in which the
/// stream meets them.
[[nodiscard]] PruningKeys pruning_keys(const ModelConfig& config);

/// A plan in the form of the released MultiPruner code. All layers appear in the width maps; removed blocks with their
/// unpruned width, which readers ignore.
/// @param removal_order  in which blocks were removed, as far as known; other removed blocks follow, ascending
[[nodiscard]] PruningConfig to_pruning_config(const ModelConfig& config, const Plan& plan,
                                              const std::vector<BlockId>& removal_order = {});

/// The stream of a model as its pruning_config.json has it; nothing where no stream was sliced.
[[nodiscard]] std::optional<StreamConfig> stream_config_of(const ModelConfig& config);

/// A model with another residual stream, and with a head of its own. Ratios are of the model as it is given, or of what
/// that was sliced from.
/// @throws OptionError where the stream is not one of as many blocks; DataError for widths that cannot be.
[[nodiscard]] ModelConfig with_stream(ModelConfig config, const StreamConfig& stream);

/// The plan that a pruning_config.json describes. Layers without a width keep all channels.
/// @throws OptionError for blocks and widths that the model does not have.
[[nodiscard]] Plan to_plan(const ModelConfig& config, const PruningConfig& pruning);

/// The order in which it says that blocks were removed: those of the first kind first, then those of the next (the file
/// does not tell how they alternated). @throws OptionError for blocks that the model does not have.
[[nodiscard]] std::vector<BlockId> removal_order_of(const ModelConfig& config, const PruningConfig& pruning);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/config_conversion.ipp>
#endif
