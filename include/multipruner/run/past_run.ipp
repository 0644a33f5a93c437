// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/cost_identity.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/mask_report.hpp>
#include <multipruner/run/model_card.hpp>
#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/past_run.hpp>
#include <multipruner/run/recipe.hpp>
#include <multipruner/run/require_output_folder.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_compensation.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline RunSpec spec_of_run(const std::filesystem::path& folder, const MovedInputs& moved) {
  RunSpec spec = run_spec_of_log(open_run_log(folder).require_object("args"));
  apply_moved_inputs(moved, folder, spec);
  return spec;
}

/// As many of the stages as a point of the run has come to.
[[nodiscard]] inline std::vector<PruningStage> stages_until(std::vector<PruningStage> stages, double ratio) {
  std::vector<PruningStage> begun;
  for (PruningStage& stage : stages) {
    const bool last = !stage.until || *stage.until >= ratio;
    if (last) stage.until = ratio;
    begun.push_back(std::move(stage));
    if (last) break;
  }
  return begun;
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

inline void require_step(std::size_t steps, std::size_t there, const char* what) {
  if (steps <= there) return;
  throw OptionError(what, "the run has only " + std::to_string(there) + " steps", "Name one of them");
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

/// A run gone through again. What it measures with refers to what it holds, so it is made as a whole and stays where it
/// is.
struct PastRun::Replay {
  explicit Replay(const RunPath& of) : path(of) {}

  const RunPath& path;
  std::optional<RunTexts> texts{};
  TokenWindows no_windows{};
  std::optional<Graph> graph{};  ///< in the order of the run
  std::optional<RunCompensation> compensation{};

  std::size_t turn = 0, first_step = 0;    ///< of the turn under way
  std::optional<Graph> current{};          ///< what the turn before has left; nothing in the first one
  std::vector<std::string> compensated{};  ///< what the turns until then have done

  std::optional<std::size_t> evaluated_turn{};
  std::unique_ptr<BlockSource> outputs{};
  std::optional<Evaluator> evaluator{};

  [[nodiscard]] const TokenWindows& fit() const { return texts ? texts->fit : no_windows; }
  [[nodiscard]] const Graph& start() const { return current ? *current : *graph; }
  [[nodiscard]] Plan plan_after(std::size_t steps) const { return multipruner::plan_after(path, steps, Plan(*graph)); }

  void begin(const Graph& source, const UnitOrder& order, const RunCompensationOptions& how) {
    graph = order.empty() ? source : reorder(source, order);
    compensation.emplace(how, *graph, fit());
  }

  /// What a plan leaves of the model under way, compensated as a turn is that ends there, and what that did.
  std::pair<Graph, nlohmann::ordered_json> compensate(const Plan& plan, const RunCompensationOptions& how,
                                                      ProgressSink& progress) {
    const std::unique_ptr<BlockSource> narrowed = compensation->outputs(start(), progress);
    const ModelView pruned(start(), plan, narrowed.get());
    CompensationChoice choice = compensation->compensate(pruned, progress);
    compensated.push_back(describe(how.method, choice));
    nlohmann::ordered_json told = to_json(how, choice);
    return {smaller_graph(std::move(choice), pruned), std::move(told)};
  }

  /// Goes to the turn in which a step was searched.
  void go_to(std::size_t step, const RunCompensationOptions& how, ProgressSink& progress) {
    const std::size_t wanted = path.turn_of(step);
    if (wanted != turn) forget_evaluator();
    if (wanted < turn) {
      turn = first_step = 0;
      current.reset();
      compensated.clear();
    }
    while (turn < wanted) {
      const std::size_t end = first_step + path.turns[turn];
      Graph smaller = compensate(plan_after(end), how, progress).first;
      current.emplace(std::move(smaller));
      first_step = end;
      ++turn;
    }
  }

  void forget_evaluator() {
    evaluated_turn.reset();
    evaluator.reset();
    outputs.reset();
  }
};

MULTIPRUNER_INLINE PastRun::~PastRun() = default;

MULTIPRUNER_INLINE PastRun::PastRun(std::filesystem::path folder, MovedInputs moved, RunEnvironment environment)
    : folder_(std::move(folder)),
      moved_(std::move(moved)),
      environment_(std::move(environment)),
      spec_(detail::spec_of_run(folder_, moved_)),
      source_(environment_.load_and_warn(spec_.model, false, warnings_)),
      path_(read_run_path(detail::log_of_same_weights(folder_, source_), Plan(source_))),
      kept_(blocks_of("--keep", parse_parts("--keep", spec_.keep, source_.config()), source_.config())) {}

MULTIPRUNER_INLINE std::unique_ptr<PastRun::Replay> PastRun::make_replay(RunSpec spec, bool with_texts,
                                                                         ProgressSink& progress) const {
  auto replay = std::make_unique<Replay>(path_);
  if (!with_texts) return replay;
  if (environment_.texts_are_files) require_texts(moved_, folder_, spec);
  const TokenizedModel model = environment_.tokenized(source_, tokenizing_of(spec));
  replay->texts = read_run_texts(spec, model, environment_.read_text, environment_.registries);
  add_generated_windows(*replay->texts, source_, spec, std::nullopt, nullptr, progress);
  return replay;
}

MULTIPRUNER_INLINE void PastRun::prepare_to_extract(ProgressSink& progress) {
  if (extracting_) return;
  const UnitOrderOptions how = unit_order_options(spec_, environment_.registries);
  const RunCompensationOptions compensation = compensation_of(spec_, environment_.registries);
  const bool with_texts = how.ordering.needs_statistics() || !compensation.method.is_none();
  RunSpec spec = spec_;
  spec.calibration_width.reset();  // what was judged on it is not judged again
  std::unique_ptr<Replay> replay = make_replay(std::move(spec), with_texts, progress);
  if (with_texts && path_.args().require<std::string>("fit_windows") != fingerprint_of(replay->fit()).text()) {
    const bool apart = !spec_.calibration_fit.empty();
    throw DataError(apart ? spec_.calibration_fit.front() : spec_.calibration,
                    "it is not the calibration text of the run",
                    std::string("Name the right one with --calibration") + (apart ? "-fit" : ""));
  }
  const UnitOrder order = make_unit_order(how, source_, replay->fit(), progress);
  const JsonReader identity = path_.args().require_object("identity");
  if (identity.require<std::string>("order of channels and heads") != identity_of(how.ordering, order)) {
    throw DataError(folder_.string(), "its order of channels and heads comes out differently",
                    "Use the version of the program, and the instruction-set level, that the run was made with");
  }
  replay->begin(source_, order, compensation);
  extracting_ = std::move(replay);
}

MULTIPRUNER_INLINE void PastRun::prepare_to_verify(ProgressSink& progress) {
  if (verifying_) return;
  std::unique_ptr<Replay> replay = make_replay(spec_, true, progress);
  const UnitOrder order =
      make_unit_order(unit_order_options(spec_, environment_.registries), source_, replay->fit(), progress);
  const JsonReader logged = path_.args().require_object("identity");
  for (const auto& [name, value] :
       run_identity(model_identity(source_), order, *replay->texts, spec_, environment_.registries)) {
    if (logged.optional<std::string>(name) == value) continue;
    throw DataError("this run", "it was made with another " + name, "Give what the run was made with");
  }
  replay->begin(source_, order, compensation_of(spec_, environment_.registries));
  verifying_ = std::move(replay);
}

MULTIPRUNER_INLINE ExtractedPoint PastRun::extract(std::size_t steps, const std::filesystem::path& out, bool overwrite,
                                                   ProgressSink& progress) {
  detail::require_step(steps, path_.steps.size(), "extract");
  const PolicyMethod* policy = environment_.registries.policies.find(spec_.policy);
  if (policy != nullptr && policy->makes_model) {
    throw OptionError("extract", "--policy " + spec_.policy + " makes another model, which its steps do not tell",
                      "Prune again with the ratio of that point");
  }
  for (const std::filesystem::path& kept : {std::filesystem::path(spec_.model), folder_}) {
    require_output_folder(out, kept, overwrite);
  }
  prepare_to_extract(progress);
  const ModelConfig& config = source_.config();
  const RunCompensationOptions how = compensation_of(spec_, environment_.registries);
  Replay& replay = *extracting_;
  PruningResult result{.plan = replay.plan_after(steps)};
  result.ratio = pruning_ratio(config, result.plan);
  for (std::size_t i = 0; i < steps; ++i) {
    result.steps.push_back({.search = path_.steps[i].search, .samples = path_.steps[i].samples});
  }
  replay.go_to(steps == 0 ? 0 : steps - 1, how, progress);
  const std::vector<std::string> before = replay.compensated;
  // A point of the path is compensated as its end was.
  std::optional<std::pair<Graph, nlohmann::ordered_json>> smaller;
  if (!how.method.is_none()) smaller = replay.compensate(result.plan, how, progress);
  std::vector<std::string> compensated = std::exchange(replay.compensated, before);
  const ModelView view = smaller ? ModelView(smaller->first) : ModelView(replay.start(), result.plan);
  if (smaller) require_finite(smaller->first);

  MaskReport mask = find_mask(source_, spec_.keep_zeros);
  count_zeros_after(mask, view);
  nlohmann::json log = log_until(path_, steps);
  log["pruned_params"] = count_parameters(view.config(), view.plan());
  log["ratio"] = result.ratio;
  if (smaller && log.contains("compensation")) log["compensation"] = smaller->second;
  if (path_.args().optional_object("weight_mask")) log["args"]["weight_mask"]["after"] = to_json(mask.after);
  save_in(formats_of(spec_, environment_.registries.formats), view, out,
          {.overwrite = overwrite,
           .removal_order = path_.removals(steps),
           .reordering = ordering_of(spec_, environment_.registries).name,
           .settings = nlohmann::ordered_json(log.at("args")),
           .more_files = {{"log.json", to_json_text(log)},
                          {"README.md", card_of(result, std::move(compensated), mask)},
                          {recipe_name, to_recipe(spec_)}}},
          progress);
  return {out, steps, result.ratio, count_parameters(config, result.plan)};
}

MULTIPRUNER_INLINE std::vector<PruningStage> PastRun::stages() const {
  const PolicyMethod* policy = environment_.registries.policies.find(spec_.policy);
  return policy != nullptr && policy->stages ? policy->stages(spec_) : std::vector<PruningStage>{};
}

MULTIPRUNER_INLINE std::string PastRun::decided_by() const {
  const PolicyMethod* policy = environment_.registries.policies.find(spec_.policy);
  return policy != nullptr && policy->decided_by ? policy->decided_by(spec_) : "";
}

MULTIPRUNER_INLINE std::string PastRun::card_of(const PruningResult& result, std::vector<std::string> compensated,
                                                const MaskReport& mask) const {
  // Rounded down, so that no later point is the first to reach it.
  const std::string ratio = fixed_text(std::floor(result.ratio * 1e4) / 1e4, 4);
  return to_markdown({.dense = source_,
                      .result = result,
                      .base = base_model_of(spec_.model),
                      .policy = spec_.policy,
                      .metric = spec_.metric,
                      .stages = detail::stages_until(stages(), result.ratio),
                      .ratio_of = spec_.ratio_of,
                      .decided_by = decided_by(),
                      .order = ordering_of(spec_, environment_.registries).sentence(),
                      .compensation = std::move(compensated),
                      .calibration = "Calibration: " + environment_.name_of_text(spec_.calibration) + ".",
                      .zeros = mask_table(mask, true),
                      .compute = spec_.compute,
                      .more_commands = "multipruner extract DIR --at " + ratio + "%\n",
                      .warnings = warnings_});
}

MULTIPRUNER_INLINE StepVerdict PastRun::verify(std::size_t step, ProgressSink& progress) {
  detail::require_step(step + 1, path_.steps.size(), "verify");
  prepare_to_verify(progress);
  Replay& replay = *verifying_;
  replay.go_to(step, compensation_of(spec_, environment_.registries), progress);
  if (replay.evaluated_turn != replay.turn) {
    replay.forget_evaluator();
    replay.outputs = replay.compensation->outputs(replay.start(), progress);
    const CostMetric& metric = environment_.registries.metrics.at(spec_.metric);
    replay.evaluator.emplace(EvaluatorInputs{.graph = replay.start(),
                                             .calibration = replay.texts->calibration,
                                             .metric = metric.make(source_, replay.texts->calibration),
                                             .options = {.compute = spec_.compute, .early_stop = false},
                                             .outputs = replay.outputs.get()});
    replay.evaluated_turn = replay.turn;
  }
  const bool compared = !path_.steps[step].search.candidates.empty();
  StepVerdict verdict = compared ? check(step, replay) : check_cost(step, replay);
  detail::check_kept(path_.steps[step], kept_, source_.config().blocks, verdict);
  return verdict;
}

/// A step of a policy that compared nothing says at most what the plan after it costs.
MULTIPRUNER_INLINE StepVerdict PastRun::check_cost(std::size_t index, Replay& replay) const {
  StepVerdict verdict;
  const RunPathStep& step = path_.steps[index];
  if (std::isnan(step.search.cost)) return verdict;
  const std::vector<Plan> plans{replay.plan_after(index + 1)};
  const double measured = replay.evaluator->costs(plans, {.samples = step.samples}).front().value;
  detail::compare_candidate({step.search.edit, {step.search.cost}}, measured, 0, source_.config().blocks, verdict);
  return verdict;
}

MULTIPRUNER_INLINE StepVerdict PastRun::check(std::size_t index, Replay& replay) const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const RunPathStep& step = path_.steps[index];
  const Plan before = replay.plan_after(index);
  const bool raced = path_.args().contains("confidence");
  const std::vector<Candidate>& candidates = step.search.candidates;
  std::vector<Plan> plans;
  for (const Candidate& candidate : candidates) plans.push_back(apply(candidate.edit, before));
  const std::vector<PlanCost> costs = replay.evaluator->costs(plans, {.samples = step.samples});
  StepVerdict verdict;
  std::optional<std::size_t> cheapest;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const double measured = costs[i].value;
    if (std::isfinite(measured) && (!cheapest || measured < costs[*cheapest].value)) cheapest = i;
    detail::compare_candidate(candidates[i], measured, raced ? -infinity : step.search.cost, source_.config().blocks,
                              verdict);
  }
  const PolicyMethod* policy = environment_.registries.policies.find(spec_.policy);
  if (policy == nullptr || !policy->takes_cheapest || spec_.compare_by != RunSpec{}.compare_by) return verdict;
  if (!cheapest || !(candidates[*cheapest].edit == step.search.edit)) {
    verdict.problems.push_back("the step took another candidate than the cheapest");
  }
  return verdict;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
