#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/move.hpp>
#include <multipruner/search/cost_request.hpp>
#include <multipruner/search/search_result.hpp>

namespace multipruner {

/// A decision of a finished run, as its log tells it.
struct RunPathStep {
  CalibrationSet set = CalibrationSet::block;
  SearchStep search;
};

/// The way that a finished run took from the unpruned model to its last plan.
struct RunPath {
  nlohmann::json log;  ///< all of log.json
  std::vector<RunPathStep> steps;
  std::vector<std::size_t> turns;  ///< how many steps each turn took; empty where all were taken in one

  /// The turn in which a step was taken, counted from 0.
  [[nodiscard]] std::size_t turn_of(std::size_t step) const {
    std::size_t turn = 0, end = 0;
    for (; turn + 1 < turns.size(); ++turn) {
      end += turns[turn];
      if (step < end) break;
    }
    return turn;
  }
};

namespace detail {

inline Move move_of(const nlohmann::json& json, BlockKind kind) {
  return {{json.at("layer").get<Index>(), kind}, json.at("to").get<Index>()};
}

/// Null stands for a number that JSON does not have.
inline double cost_of(const nlohmann::json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

inline RunPathStep run_path_step(const nlohmann::json& json) {
  const auto target = json.at("pruning_target").get<std::string>();
  const bool mlp = target == "mlp" || target == "MLP width", depth = target == "mlp" || target == "attn";
  RunPathStep step{depth ? CalibrationSet::block : CalibrationSet::width,
                   {move_of(json, mlp ? BlockKind::mlp : BlockKind::attention),
                    cost_of(json.at("cost")),
                    json.at("ratio").get<double>(),
                    {}}};
  for (const auto& candidate : json.at("candidates")) {
    const auto kind = candidate.at("block") == name_of(BlockKind::mlp) ? BlockKind::mlp : BlockKind::attention;
    step.search.candidates.push_back(
        {move_of(candidate, kind), {cost_of(candidate.at("cost")), candidate.at("exact").get<bool>()}});
  }
  return step;
}

}  // namespace detail

/// Reads the log.json of a run's output folder.
/// @throws FileError if it is not there or is no log of this library.
[[nodiscard]] inline RunPath read_run_path(const std::filesystem::path& run) {
  RunPath path{read_json_file(run / "log.json"), {}, {}};
  try {
    for (const auto& step : path.log.at("pruning_results")) path.steps.push_back(detail::run_path_step(step));
    if (path.log.contains("turns")) {
      for (const auto& turn : path.log.at("turns")) path.turns.push_back(turn.at("steps").get<std::size_t>());
    }
  } catch (const nlohmann::json::exception& error) {
    throw FileError((run / "log.json").string(), std::string("it is no log of a pruning run: ") + error.what(),
                    "Give the output folder of multipruner prune");
  }
  return path;
}

/// How many steps of a path it takes until at least `ratio` percent are removed.
/// @throws OptionError if the path does not lead so far.
[[nodiscard]] inline std::size_t steps_until(const RunPath& path, double ratio) {
  for (std::size_t count = 0; count <= path.steps.size(); ++count) {
    const double reached = count == 0 ? 0 : path.steps[count - 1].search.ratio;
    if (reached >= ratio) return count;
  }
  throw OptionError(
      "ratio " + std::to_string(ratio),
      "the run ended at " + std::to_string(path.steps.empty() ? 0 : path.steps.back().search.ratio) + " percent",
      "Ask for less, or prune with a larger ratio into the same folder: it goes on from there");
}

/// The plan after the first `count` steps.
[[nodiscard]] inline Plan plan_after(const RunPath& path, std::size_t count, Plan start) {
  for (std::size_t i = 0; i < count; ++i) start = apply(path.steps[i].search.move, std::move(start));
  return start;
}

}  // namespace multipruner
