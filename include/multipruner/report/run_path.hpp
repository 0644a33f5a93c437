// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/search/cost_request.hpp>
#include <multipruner/search/search_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// A decision of a finished run, as its log tells it.
struct RunPathStep {
  std::string samples;  ///< the name of the windows on which it was judged
  SearchStep search;
};

/// The way that a finished run took from the unpruned model to its last plan.
struct RunPath {
  JsonReader log;  ///< all of log.json
  std::vector<RunPathStep> steps;
  std::vector<std::size_t> turns;  ///< how many steps each turn took; empty where all were taken in one
  BlockList blocks{};              ///< of the model

  /// The settings of the run.
  [[nodiscard]] JsonReader args() const { return log.require_object("args"); }

  /// The blocks that the first `count` steps removed, first removed first.
  [[nodiscard]] std::vector<BlockId> removals(std::size_t count) const;

  /// The turn in which a step was taken, counted from 0.
  [[nodiscard]] std::size_t turn_of(std::size_t step) const;
};

/// The log.json of a run's output folder.
/// @throws FileError if it is not there or not JSON; DataError if it is no log of a pruning run.
[[nodiscard]] JsonReader open_run_log(const std::filesystem::path& run);

/// Reads the path from a log, and checks that every step, and all that it was compared with, leads from the plan before
/// it to a smaller one.
/// @param unpruned  the plan of the unpruned model
/// @throws DataError naming the entry that is missing or impossible, or does not go with this model.
[[nodiscard]] RunPath read_run_path(JsonReader log, Plan unpruned);

/// The log of a run as far as its first `count` steps.
[[nodiscard]] nlohmann::json log_until(const RunPath& path, std::size_t count);

/// How many steps of a path it takes until at least `ratio` percent are removed.
/// @throws OptionError if the path does not lead so far.
[[nodiscard]] std::size_t steps_until(const RunPath& path, double ratio);

/// The plan after the first `count` steps.
/// @throws OptionError for more steps than there are, or a start that has not got their blocks.
[[nodiscard]] Plan plan_after(const RunPath& path, std::size_t count, Plan start);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/run_path.ipp>
#endif
