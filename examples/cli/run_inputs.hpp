#pragma once

#include <cstdint>

#include "model.hpp"
#include "prune_options.hpp"
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/report/cost_journal.hpp>

namespace multipruner::cli {

/// The file in the output folder in which a run notes every measured cost.
inline constexpr const char* journal_name = "multipruner.journal";

/// The windows on which blocks and widths are judged. Fills in what the options leave to the model.
/// @throws Error where a text cannot be read or is too short.
[[nodiscard]] Calibration read_calibration(const PruneOptions& options, const Model& model,
                                           CalibrationOptions& calibration);

/// The graph whose last channels and heads matter least, or the graph as it is.
[[nodiscard]] Graph ordered(const Graph& graph, const PruneOptions& options);

/// What measured costs depend on.
/// @param graph as it was loaded
[[nodiscard]] JournalIdentity journal_identity(const Graph& graph, const Calibration& calibration,
                                               const PruneOptions& options);

}  // namespace multipruner::cli
