// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model.hpp"
#include "prune_options.hpp"
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/report/cost_journal.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::cli {

/// The file in the output folder in which a run notes every measured cost.
inline constexpr const char* journal_name = "multipruner.journal";

/// The windows that a run learns from.
struct RunTexts {
  Calibration calibration;  ///< on which blocks and widths are judged
  TokenWindows fit;         ///< from which the order and the compensation are made
};

/// Reads the texts of a run. Fills in what the options leave to the model, and to the text: how many windows are to be
/// generated.
/// @throws Error where a text cannot be read or is too short.
[[nodiscard]] RunTexts read_run_texts(PruneOptions& options, const Model& model, CalibrationOptions& calibration,
                                      TextFiles& files);

/// Lets the model write the windows for what is fitted that the options ask for.
void add_generated_windows(RunTexts& texts, const Graph& graph, const PruneOptions& options, std::uint64_t seed,
                           ProgressSink& progress);

/// How the order of channels and heads is made that the options ask for.
[[nodiscard]] UnitOrderOptions order_options(const PruneOptions& options, std::uint64_t seed);

/// The graph in that order, or as it is.
[[nodiscard]] Graph ordered(const Graph& graph, const UnitOrder& order, const PruneOptions& options);

/// What measured costs depend on.
/// @param graph  as it was loaded
[[nodiscard]] JournalIdentity journal_identity(const Graph& graph, const UnitOrder& order, const RunTexts& texts,
                                               const PruneOptions& options);

}  // namespace multipruner::cli
