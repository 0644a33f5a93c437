// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/mask_report.hpp>
#include <multipruner/run/model_card.hpp>
#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/past_run.hpp>
#include <multipruner/run/recipe.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/search/cost_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline RunSpec spec_of_run(const std::filesystem::path& folder, const MovedInputs& moved) {
  RunSpec spec = run_spec_of_log(open_run_log(folder).require_object("args"));
  apply_moved_inputs(moved, folder, spec);
  return spec;
}

[[nodiscard]] inline Graph load_again(const RunSpec& spec, const RunEvents& events) {
  return load<>(spec.model, {.on_warning = [&](const LoadWarning& warning) { events.warn(warning.text()); }});
}

/// The log of a run of this model. @throws DataError where it is of other weights, or counts costs differently
[[nodiscard]] inline JsonReader log_of_same_weights(const std::filesystem::path& folder, const Graph& source) {
  JsonReader log = open_run_log(folder);
  const JsonReader args = log.require_object("args"), identity = args.require_object("identity");
  if (identity.get_or<std::string>("version of costs", "none") != costs_version) {
    throw DataError(args.source(), "the run was made by a version of the program that counts costs differently",
                    "Use that version, or prune again");
  }
  if (identity.require<std::string>("weights") == fingerprint_of_weights(source).text()) return log;
  throw DataError(source.origin().directory.string(), "its weights are not those that the run began with",
                  "Name the right model with --model");
}

/// @param least  what a bound must exceed
inline void compare_candidate(const Candidate& candidate, double measured, double least, const BlockList& blocks,
                              StepVerdict& verdict) {
  const auto& [value, exact] = candidate.cost;
  const bool both_infinite = !std::isfinite(value) && !std::isfinite(measured);  // a log has null for every such one
  const bool right = both_infinite || (exact ? value == measured : value <= measured && value > least);
  if (right) return void(++(exact ? verdict.exact : verdict.bounds));
  const BlockSpec& block = blocks[candidate.edit.front().block];  // of several, the first
  verdict.problems.push_back(std::string(block.kind().name) + " of layer " + std::to_string(block.layer()) + ": " +
                             (exact ? "cost " : "bound ") + fixed_text(value, 9) + ", measured " +
                             fixed_text(measured, 9));
}

inline void check_kept(const RunPathStep& step, const ProtectedBlocks& kept, const BlockList& blocks,
                       StepVerdict& verdict) {
  for (const Candidate& candidate : step.search.candidates) {
    for (const BlockChoice& change : candidate.edit.changes()) {
      if (!contains(kept, change.block)) continue;
      verdict.problems.push_back(blocks.label(change.block) + " was to be kept, and was a candidate");
    }
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE PastRun::PastRun(std::filesystem::path folder, MovedInputs moved, RunEnvironment environment)
    : folder_(std::move(folder)),
      moved_(std::move(moved)),
      environment_(std::move(environment)),
      spec_(detail::spec_of_run(folder_, moved_)),
      source_(detail::load_again(spec_, environment_.events)),
      path_(read_run_path(detail::log_of_same_weights(folder_, source_), Plan(source_))),
      kept_(blocks_of("--keep", parse_parts("--keep", spec_.keep, source_.config()), source_.config())) {}

MULTIPRUNER_INLINE bool PastRun::needs_texts() const {
  return ordering_of(spec_, environment_.registries).needs_statistics() ||
         !compensation_of(spec_, environment_.registries).method.is_none();
}

MULTIPRUNER_INLINE void PastRun::read_texts(RunSpec spec, ProgressSink& progress) {
  require_texts(moved_, folder_, spec);
  const TokenizedModel model = with_tokenizer(source_, environment_.load_tokenizer);
  texts_ = read_run_texts(spec, model, environment_.read_text, environment_.registries);
  add_generated_windows(*texts_, source_, spec, 0, progress);
}

MULTIPRUNER_INLINE void PastRun::take_order(const UnitOrder& order) {
  graph_ = order.empty() ? source_ : reorder(source_, order);
  compensation_.emplace(compensation_of(spec_, environment_.registries), *graph_, texts_ ? texts_->fit : no_windows_);
}

MULTIPRUNER_INLINE void PastRun::prepare_to_extract(ProgressSink& progress) {
  if (graph_) return;
  const JsonReader identity = path_.args().require_object("identity");
  if (needs_texts()) {
    RunSpec spec = spec_;
    spec.calibration_width.reset();  // what was judged on it is not judged again
    read_texts(std::move(spec), progress);
    if (path_.args().require<std::string>("fit_windows") != fingerprint_of(texts_->fit).text()) {
      const bool apart = !spec_.calibration_fit.empty();
      throw DataError(apart ? spec_.calibration_fit.front() : spec_.calibration,
                      "it is not the calibration text of the run",
                      std::string("Name the right one with --calibration") + (apart ? "-fit" : ""));
    }
  }
  const UnitOrderOptions how = unit_order_options(spec_, environment_.registries);
  const UnitOrder order = make_unit_order(how, source_, texts_ ? texts_->fit : no_windows_, progress);
  if (identity.require<std::string>("order of channels and heads") != identity_of(how.ordering, order)) {
    throw DataError(folder_.string(), "its order of channels and heads comes out differently",
                    "Use the version of the program, and the instruction-set level, that the run was made with");
  }
  take_order(order);
}

MULTIPRUNER_INLINE void PastRun::prepare_to_verify(ProgressSink& progress) {
  if (verifiable_) return;
  read_texts(spec_, progress);
  const UnitOrder order =
      make_unit_order(unit_order_options(spec_, environment_.registries), source_, texts_->fit, progress);
  const JsonReader logged = path_.args().require_object("identity");
  for (const auto& [name, value] : run_identity(source_, order, *texts_, spec_, environment_.registries)) {
    if (logged.optional<std::string>(name) == value) continue;
    throw DataError("this run", "it was made with another " + name, "Give what the run was made with");
  }
  take_order(order);
  verifiable_ = true;
}

/// The model in which a step was searched: the whole one, or what the turn before has left, compensated.
MULTIPRUNER_INLINE const Graph& PastRun::start_of(std::size_t step, ProgressSink& progress) {
  const std::size_t wanted = path_.turn_of(step);
  if (wanted < turn_) {
    turn_ = first_step_ = 0;
    current_.reset();
  }
  while (turn_ < wanted) next_turn(progress);
  return current_ ? *current_ : *graph_;
}

MULTIPRUNER_INLINE void PastRun::next_turn(ProgressSink& progress) {
  const std::size_t end = first_step_ + path_.turns[turn_];
  const Graph& start = current_ ? *current_ : *graph_;
  current_ = compensation_->smaller(start, plan_after(path_, end, Plan(*graph_)), progress);
  first_step_ = end;
  ++turn_;
}

MULTIPRUNER_INLINE ExtractedPoint PastRun::extract(std::size_t steps, const std::filesystem::path& out, bool overwrite,
                                                   ProgressSink& progress) {
  prepare_to_extract(progress);
  const ModelConfig& config = graph_->config();
  PruningResult result{.plan = plan_after(path_, steps, Plan(*graph_))};
  result.ratio = pruning_ratio(config, result.plan);
  for (std::size_t i = 0; i < steps; ++i) {
    result.steps.push_back({.search = path_.steps[i].search, .samples = path_.steps[i].samples});
  }
  const Graph& start = start_of(steps == 0 ? 0 : steps - 1, progress);
  // A point of the path is compensated as its end was.
  const CompensationMethod method = compensation_of(spec_, environment_.registries).method;
  std::optional<Graph> smaller;
  std::vector<std::string> compensated;
  if (!method.is_none()) {
    const std::unique_ptr<BlockSource> outputs = compensation_->outputs(start, progress);
    const ModelView pruned(start, result.plan, outputs.get());
    CompensationChoice choice = compensation_->compensate(pruned, progress);
    compensated.push_back(describe(method, choice));
    smaller = smaller_graph(std::move(choice), pruned);
    require_finite(*smaller);
  }
  const ModelView view = smaller ? ModelView(*smaller) : ModelView(start, result.plan);
  save_point(result, std::move(compensated), view, out, overwrite, progress);
  return {out, steps, result.ratio, count_parameters(config, result.plan)};
}

MULTIPRUNER_INLINE std::string PastRun::card_of(const PruningResult& result,
                                                std::vector<std::string> compensated) const {
  // Rounded down, so that no later point is the first to reach it.
  const std::string ratio = fixed_text(std::floor(result.ratio * 1e4) / 1e4, 4);
  return to_markdown({.dense = source_,
                      .result = result,
                      .base = base_model_of(spec_.model),
                      .stages = stages_of(policy_options(spec_)),
                      .order = ordering_of(spec_, environment_.registries).sentence(),
                      .compensation = std::move(compensated),
                      .calibration = "Calibration: " + environment_.name_of_text(spec_.calibration) + ".",
                      .compute = spec_.compute,
                      .more_commands = "multipruner extract DIR --at " + ratio + "\n"});
}

MULTIPRUNER_INLINE void PastRun::save_point(const PruningResult& result, std::vector<std::string> compensated,
                                            const ModelView& view, const std::filesystem::path& out, bool overwrite,
                                            ProgressSink& progress) const {
  nlohmann::json log = log_until(path_, result.steps.size());
  log["pruned_params"] = count_parameters(view.config(), view.plan());
  log["ratio"] = result.ratio;
  if (path_.args().optional_object("weight_mask")) log["args"]["weight_mask"]["after"] = to_json(linear_zeros(view));
  save(view, out,
       {.overwrite = overwrite,
        .removal_order = path_.removals(result.steps.size()),
        .reordering = ordering_of(spec_, environment_.registries).name,
        .settings = nlohmann::ordered_json(log.at("args")),
        .more_files = {{"log.json", to_json_text(log)},
                       {"README.md", card_of(result, std::move(compensated))},
                       {recipe_name, to_recipe(spec_)}}},
       progress);
}

MULTIPRUNER_INLINE StepVerdict PastRun::verify(std::size_t step, ProgressSink& progress) {
  prepare_to_verify(progress);
  const std::size_t turn = path_.turn_of(step);
  if (evaluated_turn_ != turn) {
    evaluator_.reset();
    outputs_.reset();
    const Graph& start = start_of(step, progress);
    outputs_ = compensation_->outputs(start, progress);
    evaluator_.emplace(EvaluatorInputs{.graph = start,
                                       .calibration = texts_->calibration,
                                       .options = {.compute = spec_.compute, .early_stop = false},
                                       .outputs = outputs_.get()});
    evaluated_turn_ = turn;
  }
  StepVerdict verdict = check(step);
  detail::check_kept(path_.steps[step], kept_, graph_->config().blocks, verdict);
  return verdict;
}

MULTIPRUNER_INLINE StepVerdict PastRun::check(std::size_t index) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const RunPathStep& step = path_.steps[index];
  const Plan before = plan_after(path_, index, Plan(*graph_));
  const bool raced = path_.args().contains("confidence");
  const std::vector<Candidate>& candidates = step.search.candidates;
  std::vector<Plan> plans;
  for (const Candidate& candidate : candidates) plans.push_back(apply(candidate.edit, before));
  const std::vector<PlanCost> costs = evaluator_->costs(plans, {.samples = step.samples});
  StepVerdict verdict;
  std::optional<std::size_t> cheapest;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const double measured = costs[i].value;
    if (std::isfinite(measured) && (!cheapest || measured < costs[*cheapest].value)) cheapest = i;
    detail::compare_candidate(candidates[i], measured, raced ? -infinity : step.search.cost, graph_->config().blocks,
                              verdict);
  }
  if (!cheapest || !(candidates[*cheapest].edit == step.search.edit)) {
    verdict.problems.push_back("the step took another candidate than the cheapest");
  }
  return verdict;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
