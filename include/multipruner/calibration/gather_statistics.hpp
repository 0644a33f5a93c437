// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// How statistics are gathered.
struct StatisticsOptions {
  /// Only of these blocks; empty: of all that the view runs. Gram matrices of all MLPs of a large model at once may not
  /// fit into memory: see statistics_bytes.
  std::vector<BlockId> blocks = {};
  /// What the statistics will be of, where that is known or of no interest; finding it out reads all weights, and only
  /// saving the statistics asks for it.
  std::optional<StatisticsOrigin> origin = std::nullopt;
  /// About so many tokens go through the model together; it bounds memory and changes no bit.
  Index rows_per_pass = 4096;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Makes room for what is to be gathered.
void prepare(ModelStatistics& statistics, const ModelView& view, BlockId block, const StatisticsNeeds& needs);

/// Fills in triangles; whether all activations were finite, and small enough to be squared.
[[nodiscard]] bool finish(SignalStatistics& signal);

/// @param block  its label @throws DataError where activations of a block were not finite.
void require_finite_activations(const std::string& block, bool finite);

/// @throws DataError where activations of a block were not finite.
void finish(ModelStatistics& statistics, BlockId block);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Bytes that statistics take, most of them Gram matrices.
[[nodiscard]] Index statistics_bytes(const ModelView& view, const StatisticsNeeds& needs,
                                     const StatisticsOptions& options = {});

/// Runs a view over windows once and gathers statistics of its activations. The same bits for every number of threads
/// and every `rows_per_pass`.
/// @throws DataError if there are no windows, a token is not in the vocabulary, or an activation is not finite;
/// OptionError for blocks that the view does not run.
[[nodiscard]] ModelStatistics gather_statistics(const ModelView& view, const TokenWindows& windows,
                                                const StatisticsNeeds& needs, Workspace& workspace,
                                                const StatisticsOptions& options = {},
                                                ProgressSink& progress = silent_progress());

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/gather_statistics.ipp>
#endif
