// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/report/detail/log_names.hpp>
#include <multipruner/report/run_path.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE std::vector<BlockId> RunPath::removals(std::size_t count) const {
  std::vector<BlockId> removed;
  for (std::size_t i = 0; i < std::min(count, steps.size()); ++i) {
    for (const BlockId block : steps[i].search.edit.removals(blocks)) removed.push_back(block);
  }
  return removed;
}

MULTIPRUNER_INLINE std::size_t RunPath::turn_of(std::size_t step) const {
  std::size_t turn = 0, end = 0;
  for (; turn + 1 < turns.size(); ++turn) {
    end += turns[turn];
    if (step < end) break;
  }
  return turn;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether a log calls blocks of a kind by a name.
using CallsSo = bool (*)(const Kind& kind, std::string_view name);

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

/// The edit of an entry: of one block, or those in its list "edits", which name their blocks as candidates do.
inline Edit edit_of(const JsonReader& json, const char* key, CallsSo calls_so, const BlockList& blocks) {
  const auto change_of = [&](const JsonReader& entry, const char* name_key, CallsSo calls) {
    const BlockId block = block_of(entry, name_key, calls, blocks);
    return BlockChoice{block, choice_of(entry, blocks[block].kind())};
  };
  if (json.contains("block")) return change_of(json, "block", is_name);
  if (!json.contains("edits")) return change_of(json, key, calls_so);
  std::vector<BlockChoice> changes;
  for (const JsonReader& entry : json.objects("edits")) {
    changes.push_back(change_of(entry, "block", is_name));
    const auto same = [&](const BlockChoice& change) { return change.block == changes.back().block; };
    if (std::ranges::count_if(changes, same) == 1) continue;
    throw DataError(entry.where("block"), "it is there twice in one edit", "Restore the log of the run");
  }
  if (changes.empty()) throw DataError(json.where("edits"), "it changes no block", "Restore the log of the run");
  return Edit(std::move(changes));
}

/// Null, and what is not finite, stand for a number that JSON does not have.
inline double cost_of(const JsonReader& json) {
  const auto cost = json.json().find("cost");
  const bool none =
      cost != json.json().end() && (cost->is_null() || (cost->is_number() && !std::isfinite(cost->get<double>())));
  return none ? std::numeric_limits<double>::quiet_NaN() : json.require<double>("cost");
}

inline Candidate candidate_of(const JsonReader& json, const BlockList& blocks) {
  return {edit_of(json, "block", is_name, blocks), {cost_of(json), json.require<bool>("exact")}};
}

/// The windows on which a step was judged.
inline std::string samples_of(const JsonReader& json, const Edit& edit, const BlockList& blocks) {
  const auto text = json.optional<std::string>("samples");
  return text ? *text : usual_samples(edit, blocks);
}

/// What a step came to, which is finite. A policy that compared nothing need not have measured it.
inline double cost_of_step(const JsonReader& json) {
  constexpr Bounds<double> finite{std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()};
  const bool compared = !json.objects("candidates").empty();
  return compared ? json.require<double>("cost", finite) : cost_of(json);
}

inline RunPathStep run_path_step(const JsonReader& json, const BlockList& blocks) {
  const Edit edit = edit_of(json, "pruning_target", is_target, blocks);
  RunPathStep step{samples_of(json, edit, blocks),
                   {edit, cost_of_step(json), json.require<double>("ratio", {0.0, 100.0}), {}}};
  if (!json.contains("candidates")) (void)json.require_object("candidates");  // says that it is missing
  for (const JsonReader& candidate : json.objects("candidates")) {
    step.search.candidates.push_back(candidate_of(candidate, blocks));
  }
  return step;
}

/// @throws DataError naming the entry of the log unless an edit leads from a plan to a smaller one.
inline Plan apply_logged(const Edit& edit, const Plan& plan, const std::string& where) {
  for (const auto& [block, choice] : edit.changes()) {
    if (choice.within(plan.choice(block)) && choice != plan.choice(block)) continue;
    throw DataError(where,
                    plan.blocks().label(block) + " is to get the width " + width_text(choice, plan, block) +
                        " and has " + width_text(plan.choice(block), plan, block) + " there",
                    "Use the log of a run on this model");
  }
  try {
    return apply(edit, plan);
  } catch (const OptionError& error) {
    throw DataError(where, error.where() + ": " + error.problem(), "Use the log of a run on this model");
  }
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

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE JsonReader open_run_log(const std::filesystem::path& run) {
  std::error_code error;
  if (std::filesystem::is_directory(run, error) && !std::filesystem::exists(run / "log.json", error) && !error) {
    throw FileError(run.string(), "it is not the output of multipruner prune: it has no log.json",
                    "Give the output folder of multipruner prune");
  }
  JsonReader log = JsonReader::open(run / "log.json");
  if (log.contains("pruning_results")) return log;
  throw DataError(log.source(), "it is not a log of a pruning run: it has no pruning_results",
                  "Give the output folder of multipruner prune");
}

MULTIPRUNER_INLINE RunPath read_run_path(JsonReader log, Plan unpruned) {
  RunPath path{std::move(log), {}, {}, unpruned.blocks()};
  for (const JsonReader& step : path.log.objects("pruning_results")) {
    const std::string where = path.log.where("pruning_results[" + std::to_string(path.steps.size()) + "]");
    const SearchStep& search = path.steps.emplace_back(detail::run_path_step(step, unpruned.blocks())).search;
    for (const Candidate& candidate : search.candidates) (void)detail::apply_logged(candidate.edit, unpruned, where);
    unpruned = detail::apply_logged(search.edit, unpruned, where);
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
      "Ask for less, or prune with a larger ratio into the same folder: it continues from there");
}

MULTIPRUNER_INLINE Plan plan_after(const RunPath& path, std::size_t count, Plan start) {
  if (count > path.steps.size()) {
    throw OptionError("path of a run",
                      "it has " + std::to_string(path.steps.size()) + " steps, not " + std::to_string(count),
                      "Ask for fewer");
  }
  for (std::size_t i = 0; i < count; ++i) start = apply(path.steps[i].search.edit, std::move(start));
  return start;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
