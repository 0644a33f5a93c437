// SPDX-License-Identifier: MIT
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
#include <multipruner/report/detail/log_names.hpp>
#include <multipruner/report/run_path.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::vector<BlockId> RunPath::removals(std::size_t count) const {
  std::vector<BlockId> blocks;
  for (std::size_t i = 0; i < std::min(count, steps.size()); ++i) {
    if (steps[i].search.move.choice == Choice{}) blocks.push_back(steps[i].search.move.block);
  }
  return blocks;
}

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

/// Whether a log calls blocks of a kind by a name.
using CallsSo = bool (*)(const Kind& kind, std::string_view name);

/// As steps do: a kind's key in files, or what the released code calls the removal of units along one of its axes.
inline bool is_target(const Kind& kind, std::string_view name) {
  bool called = name == kind.file_key;
  for (const AxisInfo& axis : kind.axes) called = called || name == reference_name(axis);
  return called;
}

/// As candidates do.
inline bool is_name(const Kind& kind, std::string_view name) {
  return name == kind.name;
}

/// The block that an entry of a log names by its layer and the name at a key.
/// @throws DataError for a name that no block of the model has, and for a layer without such a block.
inline BlockId block_of(const JsonReader& json, const char* key, CallsSo calls_so, const BlockList& blocks) {
  const auto name = json.require<std::string>(key);
  const auto layer = json.require<Index>("layer", {0, largest_size});
  bool known = false;
  for (Index position = 0; position < blocks.size(); ++position) {
    if (!calls_so(blocks[{position}].kind(), name)) continue;
    if (blocks[{position}].layer() == layer) return {position};
    known = true;
  }
  if (!known) {
    throw DataError(json.where(key), "\"" + name + "\" is not what logs of such a model have there",
                    "Restore the log of the run");
  }
  throw DataError(json.where("layer"), "the model has no " + name + " in layer " + std::to_string(layer),
                  "Use the log of a run on this model");
}

/// The choice at "to": a width, or a list of them where a kind of block has two axes.
inline Choice choice_of(const JsonReader& json, const Kind& kind) {
  constexpr Bounds<Index> sizes{0, largest_size};
  Choice choice;
  if (kind.axes.size() == 1) {
    choice[0] = json.require<Index>("to", sizes);
    return choice;
  }
  const auto widths = json.require<std::vector<Index>>("to");
  if (widths.size() != kind.axes.size()) {
    throw DataError(json.where("to"), "it has " + std::to_string(widths.size()) + " widths",
                    "Restore the log of the run");
  }
  std::ranges::copy(widths, choice.widths.begin());
  return choice;
}

inline Move move_of(const JsonReader& json, const char* key, CallsSo calls_so, const BlockList& blocks) {
  const BlockId block = block_of(json, key, calls_so, blocks);
  return {block, choice_of(json, blocks[block].kind())};
}

/// Null, and what is not finite, stand for a number that JSON does not have.
inline double cost_of(const JsonReader& json) {
  const auto cost = json.json().find("cost");
  const bool none =
      cost != json.json().end() && (cost->is_null() || (cost->is_number() && !std::isfinite(cost->get<double>())));
  return none ? std::numeric_limits<double>::quiet_NaN() : json.require<double>("cost");
}

inline Candidate candidate_of(const JsonReader& json, const BlockList& blocks) {
  return {move_of(json, "block", is_name, blocks), {cost_of(json), json.require<bool>("exact")}};
}

inline RunPathStep run_path_step(const JsonReader& json, const BlockList& blocks) {
  const auto target = json.require<std::string>("pruning_target");
  bool depth = true;
  for (const Kind* kind : blocks.kinds()) {
    for (const AxisInfo& axis : kind->axes) depth = depth && target != reference_name(axis);
  }
  RunPathStep step{
      depth ? CalibrationSet::block : CalibrationSet::width,
      {move_of(json, "pruning_target", is_target, blocks),
       json.require<double>("cost", {std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()}),
       json.require<double>("ratio", {0.0, 100.0}),
       {}}};
  if (!json.contains("candidates")) (void)json.require_object("candidates");  // says that it is missing
  for (const JsonReader& candidate : json.objects("candidates")) {
    step.search.candidates.push_back(candidate_of(candidate, blocks));
  }
  return step;
}

/// Whether every axis of a choice is at most as wide as in another one, and one is narrower.
[[nodiscard]] inline bool is_smaller(const Choice& choice, const Choice& than) {
  for (std::size_t axis = 0; axis < most_axes; ++axis) {
    if (choice[axis] > than[axis]) return false;
  }
  return choice != than;
}

/// @throws DataError naming the entry of the log unless a move leads from a plan to a smaller one.
inline Plan apply_logged(const Move& move, const Plan& plan, const std::string& where) {
  try {
    if (is_smaller(move.choice, plan.choice(move.block))) return apply(move, plan);
  } catch (const OptionError& error) {
    throw DataError(where, error.where() + ": " + error.problem(), "Use the log of a run on this model");
  }
  throw DataError(where,
                  plan.blocks().label(move.block) + " is to get the width " +
                      width_text(move.choice, plan, move.block) + " and has " +
                      width_text(plan.choice(move.block), plan, move.block) + " there",
                  "Use the log of a run on this model");
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

MULTIPRUNER_INLINE JsonReader open_run_log(const std::filesystem::path& run) {
  JsonReader log = JsonReader::open(run / "log.json");
  if (log.contains("pruning_results")) return log;
  throw DataError(log.source(), "it is no log of a pruning run: it has no pruning_results",
                  "Give the output folder of multipruner prune");
}

MULTIPRUNER_INLINE RunPath read_run_path(JsonReader log, Plan unpruned) {
  RunPath path{std::move(log), {}, {}};
  for (const JsonReader& step : path.log.objects("pruning_results")) {
    const std::string where = path.log.where("pruning_results[" + std::to_string(path.steps.size()) + "]");
    const SearchStep& search = path.steps.emplace_back(detail::run_path_step(step, unpruned.blocks())).search;
    for (const Candidate& candidate : search.candidates) (void)detail::apply_logged(candidate.move, unpruned, where);
    unpruned = detail::apply_logged(search.move, unpruned, where);
  }
  path.turns = detail::turns_of(path.log, path.steps.size());
  return path;
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
