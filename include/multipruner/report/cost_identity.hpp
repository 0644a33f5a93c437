// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/report/journal_identity.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// What all that is computed with a model depends on: this version, the instruction set, configuration and weights.
/// @throws FileError where the graph came from a folder whose config.json cannot be read
[[nodiscard]] JournalIdentity model_identity(const Graph& graph);

/// What costs of plans depend on, for their journal: the model, every set of windows, the metric, and what is computed
/// in.
/// @param model  its model_identity, which reads all weights
/// @param metric  what tells its costs from those of others: `metric_identity`
[[nodiscard]] JournalIdentity cost_identity(JournalIdentity model, const Calibration& calibration,
                                            const std::string& metric, const EvaluatorOptions& evaluator = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/cost_identity.ipp>
#endif
