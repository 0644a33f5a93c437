// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>

#include <multipruner/report/run_path.hpp>
#include <multipruner/run/run_compensation.hpp>

namespace multipruner::cli {

/// Goes through the turns of a finished run again, without searching. All that it is made of must outlive it.
class Replay {
 public:
  /// @param graph  the whole model in the order of the run
  Replay(const RunPath& path, const Graph& graph, const RunCompensation& compensation)
      : path_(&path), graph_(&graph), compensation_(&compensation) {}

  /// The model in which a step was searched: the whole one, or what the turn before has left, compensated. Valid until
  /// the next call.
  [[nodiscard]] const Graph& start_of(std::size_t step, ProgressSink& progress);

 private:
  [[nodiscard]] const Graph& current() const { return current_ ? *current_ : *graph_; }
  void next_turn(ProgressSink& progress);

  const RunPath* path_;
  const Graph* graph_;
  const RunCompensation* compensation_;
  std::size_t turn_ = 0, first_step_ = 0;  ///< of the turn under way
  std::optional<Graph> current_;           ///< nothing in the first turn
};

}  // namespace multipruner::cli
