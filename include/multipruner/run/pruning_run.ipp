// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/cost_identity.hpp>
#include <multipruner/report/line_journal.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/run_log.hpp>
#include <multipruner/report/step_configs.hpp>
#include <multipruner/report/token_journal.hpp>
#include <multipruner/run/judge_text.hpp>
#include <multipruner/run/plan_sizes.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/recipe.hpp>
#include <multipruner/run/require_output_folder.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/sequential_choices.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The settings of a run for its log, under the reference's names where it has them.
[[nodiscard]] inline nlohmann::ordered_json settings_of(const RunSpec& spec, const RunTexts& texts) {
  const auto or_null = [](const auto& value) { return value ? nlohmann::ordered_json(*value) : nullptr; };
  nlohmann::ordered_json json = log_args(with_preset(spec));
  json["weight_reorder"] = *with_preset(spec).reorder != "none";
  const StageThresholds thresholds = thresholds_of(spec);
  json["stage_thresholds"] = {{"depth", or_null(thresholds.depth)},
                              {"mlp_width", or_null(thresholds.mlp_width)},
                              {"attention_width", or_null(thresholds.attention_width)}};
  json["mlp_channel_group_size"] = or_null(spec.mlp_group);
  json["attn_channel_group_size"] = or_null(spec.head_group);
  json["importance_metric"] = spec.metric == Perplexity::name ? "ppl" : spec.metric;
  json["ignored_label"] = or_null(texts.ignored_label);
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE PruningRun::~PruningRun() = default;

MULTIPRUNER_INLINE PruningRun::PruningRun(RunSpec spec, RunPlace place, RunEnvironment environment)
    : spec_(std::move(spec)), place_(std::move(place)), environment_(std::move(environment)) {
  validate(spec_, environment_.registries);
  environment_.validate();
  if (!place_.out.empty()) require_output_folder(place_.out, spec_.model, place_.overwrite, run_journal_names());
  require_bounded_memory();
  open_event_log();
  model_ = environment_.load_with_tokenizer(spec_.model, place_.memory.has_value(), tokenizing_of(spec_));
  aim_at_formats();
  latency_ = latency();
  const PlanSizes sizes(model_->graph, latency_);
  spec_ = with_preset(with_ratio(std::move(spec_), sizes));
  base_ = base_model_of(spec_.model);
  mask_ = find_mask(model_->graph, spec_.keep_zeros);
  const UnitOrdering ordering = ordering_of(spec_, environment_.registries);
  policy_ = environment_.registries.policies.at(spec_.policy)
                .make(spec_, {model_->graph, mask_, ordering, sizes, structure()});
  require_turns();
  compensation_of(spec_, environment_.registries).require_applicable(config());
  require_unchanged_weights();
  if (const auto warning = warning_of_long_windows(windows_of(spec_), config())) environment_.events.warn(*warning);
  read_texts();
  require_finite(model_->graph);
  metric_ = environment_.registries.metrics.at(spec_.metric).make(model_->graph, run_texts_->calibration);
  memory_ = divide_run_memory(spec_, place_, environment_.registries, model_->graph, *run_texts_);
}

MULTIPRUNER_INLINE void PruningRun::open_event_log() {
  if (place_.event_log.empty()) return;
  const auto in_full = [](const std::filesystem::path& path) {
    std::error_code ignored;
    const std::filesystem::path whole = std::filesystem::absolute(path, ignored);
    const std::filesystem::path real = std::filesystem::weakly_canonical(whole, ignored);
    return real.empty() ? whole : real;
  };
  const std::filesystem::path inside = in_full(place_.event_log).lexically_relative(in_full(place_.out));
  if (!place_.out.empty() && !inside.empty() && *inside.begin() != "..") {
    throw OptionError("--log-jsonl", "it lies in --out, which holds nothing but the model", "Choose another place");
  }
  event_log_ = std::make_unique<EventLog>(place_.event_log);
  environment_.events = event_log_->with(std::move(environment_.events));
}

/// The table that is given, that the folder has of a run that was given up, or one that is measured now.
MULTIPRUNER_INLINE std::optional<LatencyTable> PruningRun::latency() const {
  if (!needs_latency(spec_)) return std::nullopt;
  const std::filesystem::path kept = place_.out.empty() ? std::filesystem::path() : place_.out / latency_name;
  if (spec_.latency) return LatencyTable::from_json(JsonReader::open(*spec_.latency));
  if (!kept.empty() && !place_.restart && detail::is_there(kept))
    return LatencyTable::from_json(JsonReader::open(kept));
  environment_.events.note("latency", "is measured");
  return LatencyTable::measure(model_->graph, {.compute = spec_.compute});
}

MULTIPRUNER_INLINE void PruningRun::aim_at_formats() {
  const PolicyMethod& policy = environment_.registries.policies.at(spec_.policy);
  const bool takes_target = !policy.takes || std::ranges::find(*policy.takes, "target") != policy.takes->end();
  for (const ModelFormat& format : formats_of(spec_, environment_.registries.formats)) {
    if (format.require) format.require(ModelView(model_->graph));
    if (!format.structure || (takes_target && (format.pads || format.structure(config()).holds_all()))) continue;
    if (!takes_target) {
      throw OptionError("--format " + format.name, "it does not hold what --policy " + spec_.policy + " leaves",
                        "Use multipruner, or another policy");
    }
    if (spec_.target) continue;
    spec_.target = format.name;
    environment_.events.note("target", format.name + ", which does not hold all that could be left of this model");
  }
}

/// What the smaller model has to look like: as the target wants it, and formats that refuse others.
MULTIPRUNER_INLINE FormatStructure PruningRun::structure() const {
  const auto of = [this](const ModelFormat& format) {
    return format.structure ? format.structure(config()) : FormatStructure{};
  };
  FormatStructure structure;
  if (spec_.target) structure = of(environment_.registries.formats.at(*spec_.target));
  for (const ModelFormat& format : formats_of(spec_, environment_.registries.formats)) {
    if (!format.pads) structure = held_by_both(structure, of(format));
  }
  return structure;
}

/// Formats that only tell which layers stay do not hold what is solved, or merged, again.
MULTIPRUNER_INLINE void PruningRun::require_unchanged_weights() const {
  const bool makes_model = environment_.registries.policies.at(spec_.policy).makes_model;
  const bool compensates = !compensation_of(spec_, environment_.registries).method.is_none();
  if (!makes_model && !compensates) return;
  for (const ModelFormat& format : formats_of(spec_, environment_.registries.formats)) {
    if (format.has_weights) continue;
    throw OptionError("--format " + format.name,
                      "it tells which layers of the dense model stay, and " +
                          (makes_model ? "--policy " + spec_.policy : "--compensate " + *spec_.compensate) +
                          " changes their weights",
                      makes_model ? "Use another policy, e.g. shortgpt" : "Use --compensate none");
  }
}

MULTIPRUNER_INLINE void PruningRun::require_bounded_memory() const {
  if (!place_.memory) return;
  const bool makes_model = environment_.registries.policies.at(spec_.policy).makes_model;
  if (!makes_model && !environment_.registries.metrics.at(spec_.metric).takes_memory) return;
  throw OptionError(
      "--memory",
      (makes_model ? "--policy " + spec_.policy : "--metric " + spec_.metric) + " takes memory that it does not bound",
      "Omit it");
}

MULTIPRUNER_INLINE void PruningRun::require_turns() const {
  if (!spec_.compensate_every || policy_->is_staged()) return;
  throw OptionError("--compensate-every",
                    "the policy " + spec_.policy + " goes to its target at once, and has no turns to compensate after",
                    "Omit it, or use a policy that goes step by step, e.g. multipruner");
}

MULTIPRUNER_INLINE void PruningRun::read_texts() {
  run_texts_ = read_run_texts(spec_, *model_, environment_.read_text, environment_.registries);
  text_windows_to_fit_ = run_texts_->fit.count();
  const Calibration& calibration = run_texts_->calibration;
  const auto add_text = [&](const char* name, const std::string& file, TokenWindows windows) {
    texts_.push_back(judged_text(name, file, std::move(windows), environment_));
  };
  add_text(spec_.mix.empty() ? "calibration text" : "calibration texts", spec_.calibration,
           calibration.at(block_samples));
  if (calibration.at(width_samples) != calibration.at(block_samples)) {
    add_text("calibration text for widths", spec_.calibration_width.value_or(spec_.calibration),
             calibration.at(width_samples));
  }
  if (!spec_.eval_text) return;
  add_text("held-out text", *spec_.eval_text,
           read_windows(*spec_.eval_text, *model_, windows_of(spec_), environment_.read_text));
}

MULTIPRUNER_INLINE std::string PruningRun::calibration_sentence() const {
  const auto windows = [](const TokenWindows& set) { return std::to_string(set.count()); };
  const Calibration& calibration = run_texts_->calibration;
  std::string sentence = windows(calibration.at(block_samples)) + " windows of " +
                         std::to_string(calibration.front().longest()) + " tokens for blocks, " +
                         windows(calibration.at(width_samples)) + " for widths";
  const Index generated = spec_.generated_windows.value_or(0);
  if (has_fit_text(spec_)) sentence += ", " + std::to_string(text_windows_to_fit_) + " for what is fitted";
  if (generated > 0) {
    const Index length = generated_window_length(run_texts_->fit);
    const bool alike = length == calibration.front().longest();
    sentence += ", and " + std::to_string(generated) + (alike ? "" : " of " + std::to_string(length) + " tokens") +
                " that the model writes itself";
  }
  return sentence;
}

MULTIPRUNER_INLINE std::vector<PruningStage> PruningRun::stages() const {
  const PolicyMethod& method = environment_.registries.policies.at(spec_.policy);
  return method.stages ? method.stages(spec_) : std::vector<PruningStage>{};
}

MULTIPRUNER_INLINE std::string PruningRun::decided_by() const {
  const PolicyMethod& method = environment_.registries.policies.at(spec_.policy);
  return method.decided_by ? method.decided_by(spec_) : "";
}

MULTIPRUNER_INLINE std::string PruningRun::target_sentence() const {
  std::string target;
  for (const PruningStage& stage : stages()) {
    target += (target.empty() ? "" : ", then ") + name_of(stage);
    if (stage.until) target += " until " + percent_text(*stage.until);
    if (stage.until && spec_.ratio_of != "parameters") target += " of " + spec_.ratio_of;
  }
  return target.empty() ? "what the policy " + spec_.policy + " decides" : target;
}

MULTIPRUNER_INLINE void PruningRun::introduce() const {
  std::string kept;
  for (const std::string& part : spec_.keep) kept += (kept.empty() ? "" : ", ") + part;
  const RunEvents& events = environment_.events;
  events.note("model",
              base_.name + ", " + grouped_text(count_parameters(config(), Plan(model_->graph))) + " parameters");
  events.note("calibration", texts_.front().comparison.shown + ", " + calibration_sentence());
  events.note("remove", target_sentence());
  if (!kept.empty()) events.note("keep", kept);
  introduce_mask();
  const UnitOrdering& ordering = memory_->order.ordering;
  if (ordering.name == "l1") return;
  const Index bytes = unit_order_bytes(memory_->order, model_->graph);
  events.note("order", ordering.name + (bytes == 0 ? "" : ", from statistics that take " + bytes_text(bytes)));
}

MULTIPRUNER_INLINE void PruningRun::introduce_mask() const {
  const RunEvents& events = environment_.events;
  if (!mask_.has_mask()) {
    if (mask_.kept) events.note("zeros", "--keep-zeros has nothing to keep: the model has no mask");
    return;
  }
  const std::string harm = mask_.kept ? "" : harm_to_mask(mask_, memory_->order.ordering, memory_->compensation.method);
  if (harm.empty()) return events.note("zeros", (mask_.kept ? "kept: " : "") + mask_sentence(mask_));
  events.warn("the model has a mask: " + mask_sentence(mask_) + "; " + harm + ". --keep-zeros keeps it");
}

MULTIPRUNER_INLINE PlannedRun PruningRun::planned() const {
  double judged = 0;
  for (const JudgedText& text : texts_) judged += static_cast<double>(text.windows.tokens().size());
  return {.graph = model_->graph,
          .texts = *run_texts_,
          .policy = *policy_,
          .evaluator = memory_->evaluator,
          .order = memory_->order,
          .compensation = memory_->compensation,
          .head_products = environment_.registries.metrics.at(spec_.metric).head_products,
          .may_copy = !place_.memory,
          .generated_windows = spec_.generated_windows.value_or(0),
          .judged_tokens = judged,
          .judged_texts = static_cast<Index>(texts_.size())};
}

MULTIPRUNER_INLINE RunForecast PruningRun::forecast() const {
  RunForecast forecast = forecast_run(planned());
  if (place_.memory) forecast.memory_bytes = *place_.memory;
  return forecast;
}

MULTIPRUNER_INLINE void PruningRun::warn_of_scarce_memory() const {
  const Index available = attainable_memory(), least = place_.memory ? *place_.memory : run_bytes(planned());
  if (least > available) environment_.events.warn(warning_of_memory(least, available));
}

/// What the run will take, without much ado: what is short is not worth measuring.
MULTIPRUNER_INLINE std::vector<RunPhase> PruningRun::phases() const {
  constexpr double worth_measuring = 100, worth_saying = 10;  // seconds
  try {
    RunForecast forecast = forecast_run(planned(), 0);
    if (forecast.seconds > worth_measuring) forecast = forecast_run(planned());
    if (forecast.seconds > worth_saying) {
      environment_.events.note("time", "about " + rough_duration_text(forecast.seconds) + "; --dry-run tells more");
    }
    return std::move(forecast.phases);
  } catch (const Error&) {
    return {};  // a policy that cannot be gone through with assumed costs may run all the same
  }
}

MULTIPRUNER_INLINE FinishedRun PruningRun::run(ProgressSink& progress) {
  if (place_.out.empty()) throw OptionError("--out", "is missing", "Say where the smaller model is to go");
  if (std::exchange(begun_, true)) {
    throw OptionError("run", "it was already made or begun", "Make another PruningRun: it continues from the journal");
  }
  if (!event_log_) return work(progress);
  try {
    LoggedProgress logged(*event_log_, progress);
    FinishedRun done = work(logged);
    event_log_->end(name_of(done.result.outcome));
    return done;
  } catch (...) {
    event_log_->end("given_up");
    throw;
  }
}

MULTIPRUNER_INLINE FinishedRun PruningRun::work(ProgressSink& shown) {
  warn_of_scarce_memory();
  model_identity_ = model_identity(model_->graph);
  require_own_journal();
  RunProgress progress(shown, phases());
  judge_dense(progress);  // first, because a model without a finite loss is not worth the work
  write_windows(progress);
  progress.enter(phase_statistics);
  const UnitOrder order = make_unit_order(memory_->order, model_->graph, run_texts_->fit, progress);
  for (const JudgedText& text : texts_) {
    environment_.events.note(
        "dense", "perplexity " + perplexity_text(text.comparison.dense) + " on the " + text.comparison.name);
  }
  identity_ = run_identity(model_identity_, order, *run_texts_, spec_, environment_.registries);
  const std::unique_ptr<CostJournal> journal = open_journal();
  const Graph graph = ordered(order);
  search_and_compensate(graph, *journal, progress);
  const ModelView smaller = compensated_ ? ModelView(*compensated_) : ModelView(graph_of(result_, graph), result_.plan);
  progress.enter(phase_judging_smaller);
  for (JudgedText& text : texts_) text.comparison.pruned = judge(smaller, text, progress);
  count_zeros_after(mask_, smaller);
  const JsonObject log = make_log();
  progress.enter(phase_writing);
  write(graph, smaller, log, progress);
  const ModelCard made = card();
  return {result_, made.texts, mask_, statistics_, log, comparison_table(made, false)};
}

/// Refuses the journal of another run before the work, as far as that can be told then: the order of units is not
/// known.
MULTIPRUNER_INLINE void PruningRun::require_own_journal() const {
  if (place_.restart) return;
  LineJournal::require_fitting(place_.out / run_journal_name,
                               known_identity(model_identity_, *run_texts_, spec_, environment_.registries));
}

/// The journal of the windows that the model writes; what it has of other windows is dropped, if anything else of the
/// run is known: it can be written again.
MULTIPRUNER_INLINE std::unique_ptr<TokenJournal> PruningRun::open_generated() const {
  make_folder();
  const std::filesystem::path path = place_.out / generated_journal_name;
  const JournalIdentity identity = generated_identity(model_identity_, run_texts_->fit, spec_);
  std::error_code ignored;
  const bool drop = std::filesystem::exists(place_.out / run_journal_name, ignored);
  try {
    return std::make_unique<TokenJournal>(path, identity, place_.restart);
  } catch (const DataError&) {
    if (!drop) throw;
  }
  auto journal = std::make_unique<TokenJournal>(path, identity, true);
  environment_.events.note("journal", "what the model wrote for other settings is dropped");
  return journal;
}

/// Lets the model write what is generated, from where an earlier run was given up.
MULTIPRUNER_INLINE void PruningRun::write_windows(RunProgress& progress) {
  if (spec_.generated_windows.value_or(0) == 0) return;
  progress.enter(phase_generating);
  const std::unique_ptr<TokenJournal> journal = open_generated();
  if (journal->found() > 0) {
    environment_.events.note("journal",
                             "continues from " + grouped_text(journal->found()) + " tokens that the model has written");
  }
  const auto room = place_.memory ? std::optional(*place_.memory - resident_memory().now) : std::nullopt;
  add_generated_windows(*run_texts_, model_->graph, spec_, room, journal.get(), progress);
}

/// What is wrong with the folder, the journals will say.
MULTIPRUNER_INLINE void PruningRun::make_folder() const {
  std::error_code ignored;
  std::filesystem::create_directories(place_.out, ignored);
}

MULTIPRUNER_INLINE void PruningRun::judge_dense(RunProgress& progress) {
  progress.enter(phase_judging);
  for (JudgedText& text : texts_) text.comparison.dense = judge(ModelView(model_->graph), text, progress);
}

MULTIPRUNER_INLINE double PruningRun::judge(const ModelView& view, const JudgedText& text,
                                            ProgressSink& progress) const {
  const bool dense = &view.graph() == &model_->graph;
  Judgement what{.model = dense ? base_.name : "the smaller model",
                 .text = text.comparison.file,
                 .options = {memory_->evaluator.compute, memory_->evaluator.rows_per_pass}};
  if (!dense) what.remedy = "Use another --compensate or a larger --ridge; what was measured is kept in the journal";
  return judge_text(view, text.windows, what, progress, environment_.events.on_warning).perplexity;
}

MULTIPRUNER_INLINE Graph PruningRun::ordered(const UnitOrder& order) const {
  if (order.empty()) return model_->graph;
  return reorder(model_->graph, order, place_.memory ? place_.out : std::filesystem::path());
}

MULTIPRUNER_INLINE std::unique_ptr<CostJournal> PruningRun::open_journal() const {
  make_folder();
  if (latency_) write_json_file(place_.out / latency_name, latency_->to_json());
  auto journal = std::make_unique<CostJournal>(place_.out / run_journal_name, identity_, place_.restart);
  const RunEvents& events = environment_.events;
  if (journal->bytes_cut_off() > 0) {
    events.note("journal",
                "the last " + grouped_text(journal->bytes_cut_off()) + " bytes were damaged and have been cut off");
  }
  if (journal->damaged_lines() > 0) {
    events.note("journal", "damaged lines in the middle: " + grouped_text(journal->damaged_lines()) + "; " +
                               grouped_text(journal->found()) + " costs in the others are kept");
  }
  if (journal->found() > 0) {
    events.note("journal", "continues from " + grouped_text(journal->found()) + " measured costs in " +
                               (place_.out / run_journal_name).string());
  }
  return journal;
}

MULTIPRUNER_INLINE void PruningRun::search_and_compensate(const Graph& graph, CostJournal& journal,
                                                          RunProgress& progress) {
  const RunCompensationOptions& how = memory_->compensation;
  const RunCompensation compensation(how, graph, run_texts_->fit);
  TurnInputs inputs{.graph = graph,
                    .calibration = run_texts_->calibration,
                    .policy = *policy_,
                    .metric = metric_,
                    .evaluator = memory_->evaluator,
                    .seed = spec_.seed,
                    .every = how.every,
                    .memory = &journal,
                    .fit = &run_texts_->fit};
  inputs.outputs = [&](const Graph& start) {
    if (how.method.outputs) progress.enter(phase_candidates);
    std::unique_ptr<BlockSource> outputs = compensation.outputs(start, progress);
    progress.enter(phase_searching);
    return outputs;
  };
  inputs.on_step = [&, number = std::size_t{0}](const PruningStep& step) mutable {
    const RunStep told{number++, step, describe(step.search.edit, config()), metric_.display(step.search.cost)};
    if (environment_.events.on_step) environment_.events.on_step(told);
  };
  if (!how.method.is_none()) {
    inputs.compensate = [&](const ModelView& pruned, const Turn& turn) {
      progress.enter(phase_compensating);
      return compensate(compensation, pruned, turn, journal, progress);
    };
  }
  TurnsTaken taken = take_turns(inputs, progress);
  result_ = std::move(taken.result);
  compensated_ = std::move(taken.graph);
  statistics_ = taken.statistics;
}

MULTIPRUNER_INLINE std::optional<Graph> PruningRun::compensate(const RunCompensation& compensation,
                                                               const ModelView& pruned, const Turn& turn,
                                                               CostMemory& memory, ProgressSink& progress) {
  const RunCompensationOptions& how = memory_->compensation;
  CompensationChoice choice = compensation.compensate(pruned, progress, &memory);
  compensated_in_words_.push_back(describe(how.method, choice));
  environment_.events.note("compensation", compensated_in_words_.back());
  nlohmann::ordered_json told;
  if (turn.until) told["until"] = *turn.until;
  told["steps"] = turn.steps;
  told["compensation"] = to_json(how, choice);
  turns_.emplace_back(std::move(told));
  if (!choice.model) return std::nullopt;
  return std::move(choice.model->graph);
}

MULTIPRUNER_INLINE JsonObject PruningRun::make_log() const {
  nlohmann::ordered_json settings = detail::settings_of(spec_, *run_texts_);
  for (const auto& [name, value] : identity_) settings["identity"][name] = value;
  for (const auto& [name, windows] : run_texts_->calibration.sets()) {
    settings["calibration_windows"][name] = windows.count();
  }
  settings["calibration_windows"]["fit"] = run_texts_->fit.count();
  settings["fit_windows"] = fingerprint_of(run_texts_->fit).text();
  if (mask_.has_mask()) settings["weight_mask"] = to_json(mask_);
  const auto display = [&](double cost) { return metric_.display(cost); };
  nlohmann::ordered_json log = run_log(config(), Plan(model_->graph), result_, display,
                                       {std::move(settings), !memory_->order.ordering.is_none(), statistics_});
  if (spec_.compensate_every) {
    for (const JsonObject& turn : turns_) log["turns"].push_back(turn.json());
  } else if (!turns_.empty()) {
    log["compensation"] = turns_.back().json().at("compensation");
  }
  return log;
}

MULTIPRUNER_INLINE ModelCard PruningRun::card() const {
  ModelCard card{.dense = model_->graph,
                 .result = result_,
                 .base = base_,
                 .policy = spec_.policy,
                 .metric = spec_.metric,
                 .stages = stages(),
                 .ratio_of = spec_.ratio_of,
                 .decided_by = decided_by(),
                 .order = memory_->order.ordering.sentence(),
                 .compensation = compensated_in_words_,
                 .calibration = "Calibration: " + texts_.front().comparison.shown + ", " + calibration_sentence() + ".",
                 .zeros = mask_table(mask_, true),
                 .compute = spec_.compute,
                 .warnings = model_->warnings};
  for (const JudgedText& text : texts_) card.texts.push_back(text.comparison);
  return card;
}

MULTIPRUNER_INLINE void PruningRun::write(const Graph& graph, const ModelView& smaller, const JsonObject& log,
                                          ProgressSink& progress) const {
  SaveOptions options{.overwrite = place_.overwrite,
                      .removal_order = removals_of(result_),
                      .reordering = memory_->order.ordering.name,
                      .settings = log.json().at("args"),
                      .more_files = step_configs(config(), Plan(graph), result_, graph.origin().removal_order),
                      .kept_files = run_journal_names()};
  options.more_files["log.json"] = to_json_text(log.json());
  options.more_files["README.md"] = to_markdown(card());
  options.more_files[recipe_name] = to_recipe(spec_);
  const std::vector<ModelFormat> formats = formats_of(spec_, environment_.registries.formats);
  for (const std::string& sentence : padding_sentences(formats, smaller)) environment_.events.note("format", sentence);
  save_in(formats, smaller, place_.out, options, progress);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
