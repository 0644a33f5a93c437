#pragma once

#include <cstdint>

#include "model.hpp"
#include "prune_options.hpp"
#include "unit_orders.hpp"
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/report/cost_journal.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::cli {

/// The file in the output folder in which a run notes every measured cost.
inline constexpr const char* journal_name = "multipruner.journal";

/// The windows on which blocks and widths are judged. Fills in what the options leave to the model.
/// @throws Error where a text cannot be read or is too short.
[[nodiscard]] Calibration read_calibration(const PruneOptions& options, const Model& model,
                                           CalibrationOptions& calibration);

/// The order of channels and heads that the options ask for; empty for none.
/// @param windows  of the text for blocks, on which statistics are gathered; not looked at by orders without
/// @param rows_per_pass  tokens that go through the model together; changes no order
/// @throws Error as order_by.
[[nodiscard]] UnitOrder unit_order(const PruneOptions& options, std::uint64_t seed, const Graph& graph,
                                   const TokenWindows& windows, ProgressSink& progress,
                                   Index rows_per_pass = EvaluatorOptions{}.rows_per_pass);

/// The graph in that order, or as it is.
[[nodiscard]] Graph ordered(const Graph& graph, const UnitOrder& order, const PruneOptions& options);

/// What measured costs depend on.
/// @param graph  as it was loaded
/// @param order  of unit_order
[[nodiscard]] JournalIdentity journal_identity(const Graph& graph, const UnitOrder& order,
                                               const Calibration& calibration, const PruneOptions& options);

}  // namespace multipruner::cli
