#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/move.hpp>
#include <multipruner/report/run_path.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::size_t RunPath::turn_of(std::size_t step) const {
  std::size_t turn = 0, end = 0;
  for (; turn + 1 < turns.size(); ++turn) {
    end += turns[turn];
    if (step < end) break;
  }
  return turn;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline Move move_of(const JsonReader& json, BlockKind kind) {
  constexpr Bounds<Index> sizes{0, largest_size};
  return {{json.require<Index>("layer", sizes), kind}, json.require<Index>("to", sizes)};
}

/// Null, and what is not finite, stand for a number that JSON does not have.
inline double cost_of(const JsonReader& json) {
  const auto cost = json.json().find("cost");
  const bool none =
      cost != json.json().end() && (cost->is_null() || (cost->is_number() && !std::isfinite(cost->get<double>())));
  return none ? std::numeric_limits<double>::quiet_NaN() : json.require<double>("cost");
}

/// The name at a key, one of those given. @throws DataError for another one.
inline std::string one_of(const JsonReader& json, const char* key, std::initializer_list<const char*> names) {
  auto text = json.require<std::string>(key);
  if (std::ranges::find(names, text) != names.end()) return text;
  throw DataError(json.where(key), "\"" + text + "\" is not what such logs have there", "Restore the log of the run");
}

inline Candidate candidate_of(const JsonReader& json) {
  const bool mlp = one_of(json, "block", {"attention", "mlp"}) == name_of(BlockKind::mlp);
  return {move_of(json, mlp ? BlockKind::mlp : BlockKind::attention), {cost_of(json), json.require<bool>("exact")}};
}

inline RunPathStep run_path_step(const JsonReader& json) {
  const std::string target = one_of(json, "pruning_target", {"attn", "mlp", "MLP width", "Attn head"});
  const bool mlp = target == "mlp" || target == "MLP width", depth = target == "mlp" || target == "attn";
  RunPathStep step{
      depth ? CalibrationSet::block : CalibrationSet::width,
      {move_of(json, mlp ? BlockKind::mlp : BlockKind::attention),
       json.require<double>("cost", {std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()}),
       json.require<double>("ratio", {0.0, 100.0}),
       {}}};
  if (!json.contains("candidates")) (void)json.require_object("candidates");  // says that it is missing
  for (const JsonReader& candidate : json.objects("candidates")) {
    step.search.candidates.push_back(candidate_of(candidate));
  }
  return step;
}

/// How many steps each turn took; together as many as there are.
inline std::vector<std::size_t> turns_of(const JsonReader& log, std::size_t steps) {
  std::vector<std::size_t> turns;
  std::size_t sum = 0;
  for (const JsonReader& turn : log.objects("turns")) {
    turns.push_back(turn.require<std::size_t>("steps", {0, steps}));
    sum += turns.back();
  }
  if (turns.empty() || sum == steps) return turns;
  throw DataError(log.where("turns"),
                  "they have " + std::to_string(sum) + " steps together, and the run " + std::to_string(steps),
                  "Restore the log of the run");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE RunPath read_run_path(const std::filesystem::path& run) {
  RunPath path{JsonReader::open(run / "log.json"), {}, {}};
  if (!path.log.contains("pruning_results")) {
    throw DataError(path.log.source(), "it is no log of a pruning run: it has no pruning_results",
                    "Give the output folder of multipruner prune");
  }
  for (const JsonReader& step : path.log.objects("pruning_results")) path.steps.push_back(detail::run_path_step(step));
  path.turns = detail::turns_of(path.log, path.steps.size());
  return path;
}

MULTIPRUNER_INLINE void require_path_of(const RunPath& path, Plan plan) {
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const auto check = [&](const Move& move) {
      const std::string where = path.log.where("pruning_results[" + std::to_string(i) + "]");
      try {
        if (move.width < plan.width(move.block)) return apply(move, plan);
      } catch (const OptionError& error) {
        throw DataError(where, error.where() + ": " + error.problem(), "Use the log of a run on this model");
      }
      throw DataError(where,
                      label_of(move.block) + " is to get the width " + std::to_string(move.width) + " and has " +
                          std::to_string(plan.width(move.block)) + " there",
                      "Use the log of a run on this model");
    };
    const SearchStep& step = path.steps[i].search;
    for (const Candidate& candidate : step.candidates) (void)check(candidate.move);
    plan = check(step.move);
  }
}

MULTIPRUNER_INLINE nlohmann::json log_until(const RunPath& path, std::size_t count) {
  nlohmann::json log = path.log.json();
  nlohmann::json& results = log.at("pruning_results");
  count = std::min(count, results.size());
  results.erase(results.begin() + static_cast<std::ptrdiff_t>(count), results.end());
  if (path.turns.empty()) return log;
  nlohmann::json& turns = log.at("turns");
  std::size_t kept = 0;
  for (std::size_t left = count; kept < path.turns.size() && (kept == 0 || left > 0); ++kept) {
    const std::size_t steps = std::min(path.turns[kept], left);
    turns[kept]["steps"] = steps;
    left -= steps;
  }
  turns.erase(turns.begin() + static_cast<std::ptrdiff_t>(kept), turns.end());
  return log;
}

MULTIPRUNER_INLINE std::size_t steps_until(const RunPath& path, double ratio) {
  for (std::size_t count = 0; count <= path.steps.size(); ++count) {
    const double reached = count == 0 ? 0 : path.steps[count - 1].search.ratio;
    if (reached >= ratio) return count;
  }
  throw OptionError(
      "ratio " + std::to_string(ratio),
      "the run ended at " + std::to_string(path.steps.empty() ? 0 : path.steps.back().search.ratio) + " percent",
      "Ask for less, or prune with a larger ratio into the same folder: it goes on from there");
}

MULTIPRUNER_INLINE Plan plan_after(const RunPath& path, std::size_t count, Plan start) {
  if (count > path.steps.size()) {
    throw OptionError("path of a run",
                      "it has " + std::to_string(path.steps.size()) + " steps, not " + std::to_string(count),
                      "Ask for fewer");
  }
  for (std::size_t i = 0; i < count; ++i) start = apply(path.steps[i].search.move, std::move(start));
  return start;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
