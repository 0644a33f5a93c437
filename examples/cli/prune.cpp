// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "interruption.hpp"
#include "judge.hpp"
#include "model.hpp"
#include "model_card.hpp"
#include "output_folder.hpp"
#include "prune_forecast.hpp"
#include "prune_options.hpp"
#include "text_files.hpp"
#include "weight_masks.hpp"
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/policy/turns.hpp>
#include <multipruner/report/cost_journal.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/run_log.hpp>
#include <multipruner/report/step_configs.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_compensation.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/memory_budget.hpp>
#include <multipruner/search/turn_memory.hpp>

namespace multipruner::cli {

namespace {

/// A text that the model is judged on before and after.
struct JudgedText {
  TextComparison comparison;
  TokenWindows windows;
};

/// One run of `multipruner prune`, from the options to the folder.
class Run {
 public:
  Run(const PruneOptions& options, std::string command, Console& console)
      : options_(options),
        spec_(options.spec),
        command_(std::move(command)),
        console_(console),
        policy_(policy_options(options.spec)) {
    if (!options_.out.empty()) {
      check_output_folder(options_.out, spec_.model, options_.overwrite, {run_journal_name});
    }
    model_ = load_model(spec_.model, console_, {.release_memory = options_.memory.has_value()});
    mask_ = find_mask(model_->graph, spec_.keep_zeros);
    if (mask_.kept && mask_.has_mask()) align_groups(model_->graph, policy_);
    resolve_groups(config(), policy_);
    resolve_kept_blocks(model_->graph, spec_, policy_);
    compensation_of(spec_).require_applicable(config());
    warn_of_long_windows(windows_of(spec_), config(), console_);
    read_texts();
    require_finite(model_->graph);
    const std::optional<MemoryBudget> budget = memory_budget();
    evaluator_options_ = evaluator_options(budget);
    order_options_ = order_options(budget);
    check_memory_of_compensation();
  }

  ExitCode run() {
    introduce();
    if (options_.dry_run) return expect();
    warn_of_scarce_memory(planned(), console_);
    // First, because a model without a finite loss is not worth the work.
    for (JudgedText& text : texts_) {
      text.comparison.dense = evaluate(ModelView(model_->graph), text, name_of(spec_.model));
    }
    generate_windows();
    const UnitOrder order = make_order();
    for (const JudgedText& text : texts_) {
      console_.note("dense        perplexity " + perplexity_text(text.comparison.dense) + " on the " +
                    text.comparison.name);
    }
    identity_ = run_identity(model_->graph, order, *run_texts_, spec_);
    const std::unique_ptr<CostJournal> journal = open_journal();
    const Graph graph = ordered(order);
    take_turns(graph, *journal);
    const ModelView smaller = compensated_ ? ModelView(*compensated_) : ModelView(graph, result_.plan);
    for (JudgedText& text : texts_) text.comparison.pruned = evaluate(smaller, text, "the smaller model");
    count_zeros_after(mask_, smaller);
    const nlohmann::ordered_json log = make_log();
    write(graph, smaller, log);
    report(log);
    return result_.outcome == SearchOutcome::reached ? ExitCode::ok : ExitCode::target_unreachable;
  }

 private:
  [[nodiscard]] const ModelConfig& config() const { return model_->graph.config(); }

  /// Tokens of a calibration window: all have one length.
  [[nodiscard]] Index longest_window() const { return run_texts_->calibration.front().longest(); }

  [[nodiscard]] double evaluate(const ModelView& view, const JudgedText& text, const std::string& model) {
    const PerplexityOptions options{evaluator_options_.compute, evaluator_options_.rows_per_pass};
    Judgement what{.model = model, .text = text.comparison.file, .options = options};
    if (&view.graph() != &model_->graph) {
      what.remedy = "Use another --compensate or a larger --ridge; what was measured is kept in the journal";
    }
    return judge(view, text.windows, what, console_).perplexity;
  }

  /// What --memory leaves. @throws OptionError where that is not enough.
  [[nodiscard]] std::optional<MemoryBudget> memory_budget() const {
    if (!options_.memory) return std::nullopt;
    return divide_memory(model_->graph, longest_window(), static_cast<Index>(*options_.memory), resident_memory().now);
  }

  [[nodiscard]] EvaluatorOptions evaluator_options(const std::optional<MemoryBudget>& budget) const {
    EvaluatorOptions options{.compute = spec_.compute, .confidence = spec_.confidence};
    if (options_.stream_memory) options.stream_bytes = static_cast<Index>(*options_.stream_memory);
    if (!budget) return options;
    options.rows_per_pass = budget->rows_per_pass;
    options.stream_bytes = std::min(budget->stream_bytes, options.stream_bytes.value_or(budget->stream_bytes));
    return options;
  }

  /// How the order is made within the memory that the options allow. No streams are kept then.
  /// @throws OptionError where the statistics of one block do not fit into it.
  [[nodiscard]] UnitOrderOptions order_options(const std::optional<MemoryBudget>& budget) const {
    UnitOrderOptions order = unit_order_options(spec_);
    order.statistics = options_.statistics;
    order.rows_per_pass = evaluator_options_.rows_per_pass;
    if (!budget || !order.ordering.needs_statistics()) return order;
    const Index window = longest_window(), per_row = bytes_per_row(config());
    const Index room = budget->stream_bytes + (budget->rows_per_pass - window) * per_row;
    order.statistics_bytes = 0;
    const Index least = unit_order_bytes(order, model_->graph);
    if (least > room) {
      throw OptionError("--memory",
                        "the statistics for --reorder " + order.ordering.name + " take " + bytes_text(least) +
                            ", and " + bytes_text(room) + " are left for them",
                        "Allow " + bytes_text(static_cast<Index>(*options_.memory) + least - room) +
                            ", or choose an order that needs less, e.g. l1");
    }
    order.statistics_bytes = (room - least) / 2;
    order.rows_per_pass = std::min(budget->rows_per_pass, window + (room - least) / 2 / per_row);
    return order;
  }

  void generate_windows() {
    const Index room = options_.memory ? static_cast<Index>(*options_.memory) - resident_memory().now : 0;
    add_generated_windows(*run_texts_, model_->graph, spec_, room, console_.progress());
  }

  /// The graph in that order, or as it is.
  [[nodiscard]] Graph ordered(const UnitOrder& order) const {
    if (order.empty()) return model_->graph;
    return reorder(model_->graph, order, options_.memory ? std::filesystem::path(options_.out) : "");
  }

  [[nodiscard]] UnitOrder make_order() const {
    InterruptibleWork work(console_.progress());  // does not leave half a file of statistics behind
    return make_unit_order(order_options_, model_->graph, run_texts_->fit, work);
  }

  /// @throws OptionError where --memory leaves too little for it.
  void check_memory_of_compensation() const {
    const RunCompensationOptions compensation = compensation_of(spec_);
    const CompensationMethod& method = compensation.method;
    if (!options_.memory || method.is_none()) return;
    if (method.outputs || compensation.every) {
      throw OptionError("--memory", "local compensation and --compensate-every keep more than one model in memory",
                        "Use --compensate stream-matching or none, or leave --memory away");
    }
    const auto allowed = static_cast<Index>(*options_.memory);
    const Index tokens = (text_windows_to_fit_ + spec_.generated_windows.value_or(0)) * longest_window();
    const Index needed = resident_memory().now +
                         (method.bytes ? method.bytes(ModelView(model_->graph), tokens, compensation.settings) : 0) +
                         evaluator_options_.rows_per_pass * bytes_per_row(config());
    if (needed <= allowed) return;
    throw OptionError("--memory",
                      "stream matching on " + grouped_text(tokens) + " tokens takes " + bytes_text(needed) + " in all",
                      "Allow that, give it less text with --samples-fit, or use --compensate none");
  }

  void read_texts() {
    TextFiles files(console_);
    run_texts_ = read_run_texts(spec_, *model_, files.reader());
    text_windows_to_fit_ = run_texts_->fit.count();
    const Calibration& calibration = run_texts_->calibration;
    add_text("calibration text", spec_.calibration, calibration.at(block_samples));
    if (calibration.at(width_samples) != calibration.at(block_samples)) {
      add_text("calibration text for widths", spec_.calibration_width.value_or(spec_.calibration),
               calibration.at(width_samples));
    }
    if (spec_.eval_text) {
      add_text("held-out text", *spec_.eval_text,
               read_windows(*spec_.eval_text, *model_, windows_of(spec_), files.reader()));
    }
  }

  void add_text(std::string name, std::string file, TokenWindows windows) {
    const Index count = windows.count(), length = windows.longest();
    texts_.push_back({{std::move(name), std::move(file), count, length}, std::move(windows)});
  }

  [[nodiscard]] std::string calibration_sentence() const {
    const auto windows = [](const TokenWindows& set) { return std::to_string(set.count()); };
    const Calibration& calibration = run_texts_->calibration;
    std::string sentence = windows(calibration.at(block_samples)) + " windows of " + std::to_string(longest_window()) +
                           " tokens for blocks, " + windows(calibration.at(width_samples)) + " for widths";
    const Index generated = spec_.generated_windows.value_or(0);
    if (has_fit_text(spec_)) sentence += ", " + std::to_string(text_windows_to_fit_) + " for what is fitted";
    if (generated > 0) sentence += ", and " + std::to_string(generated) + " for that which the model writes itself";
    return sentence;
  }

  void introduce() {
    std::string target;
    for (const PruningStage& stage : stages_of(policy_)) {
      target +=
          (target.empty() ? "" : ", then ") + multipruner::name_of(stage) + " until " + percent_text(*stage.until);
    }
    console_.note("model        " + name_of(spec_.model) + ", " +
                  grouped_text(count_parameters(config(), Plan(model_->graph))) + " parameters");
    console_.note("calibration  " + text_name(spec_.calibration) + ", " + calibration_sentence());
    console_.note("remove       " + target);
    if (!spec_.keep.empty()) console_.note("keep         " + CLI::detail::join(spec_.keep, ", "));
    tell_of_mask(mask_, ordering_of(spec_), compensation_of(spec_).method, console_);
    if (ordering_of(spec_).name == "l1") return;
    const Index bytes = unit_order_bytes(order_options_, model_->graph);
    console_.note("order        " + ordering_of(spec_).name +
                  (bytes == 0 ? "" : ", from statistics that take " + bytes_text(bytes)));
  }

  /// Says what the run would take.
  ExitCode expect() const {
    print_forecast(planned(), console_);
    return ExitCode::ok;
  }

  [[nodiscard]] PlannedRun planned() const {
    double judged = 0;  // tokens
    for (const JudgedText& text : texts_) judged += static_cast<double>(text.windows.tokens().size());
    return {options_, spec_, policy_, model_->graph, *run_texts_, evaluator_options_, order_options_, judged};
  }

  /// The journal of this run in the output folder, with what an earlier process has measured.
  [[nodiscard]] std::unique_ptr<CostJournal> open_journal() const {
    const std::filesystem::path out(options_.out);
    std::error_code ignored;
    std::filesystem::create_directories(out, ignored);  // what is wrong with it, the journal will say
    auto journal = std::make_unique<CostJournal>(out / run_journal_name, identity_, options_.restart);
    if (journal->bytes_cut_off() > 0) {
      console_.note("journal      the last " + grouped_text(journal->bytes_cut_off()) + " bytes were damaged; cut off");
    }
    if (journal->damaged_lines() > 0) {
      console_.note("journal      damaged lines in the middle: " + grouped_text(journal->damaged_lines()) + "; " +
                    grouped_text(journal->found()) + " costs in the others are kept");
    }
    if (journal->found() > 0) {
      console_.note("journal      goes on from " + grouped_text(journal->found()) + " measured costs in " +
                    (out / run_journal_name).string());
    }
    return journal;
  }

  /// Searches and compensates: in one turn, or in several, each of which goes on with what the one before has left.
  void take_turns(const Graph& graph, CostJournal& journal) {
    const SequentialThreshold<Greedy> policy(policy_);
    RunCompensationOptions how = compensation_of(spec_);
    how.settings.rows_per_pass = evaluator_options_.rows_per_pass;
    if (options_.memory) how.settings.scratch_folder = options_.out;
    const RunCompensation compensation(how, graph, run_texts_->fit);
    const std::vector<double> ends =
        how.every ? turns(*how.every, policy.target()) : std::vector<double>{policy.target()};
    console_.note("\nstep  narrowed or removed                    perplexity    removed");
    for (const double end : ends) {
      const Graph& start = compensated_ ? *compensated_ : graph;
      TurnMemory costs(journal, compensated_ ? fingerprint_of_weights(start).value() : 0);
      InterruptibleWork work(console_.progress(), farewell());
      const std::unique_ptr<BlockSource> outputs = compensation.outputs(start, work);
      const std::size_t steps = search(policy.until(end), start, costs, outputs.get(), work);
      nlohmann::ordered_json turn{{"until", end}, {"steps", steps}};
      if (!how.method.is_none()) {
        const ModelView pruned(start, result_.plan, outputs.get());
        CompensationChoice choice = compensation.compensate(pruned, work);
        console_.note("compensation " + describe(how.method, choice) + "\n");
        turn["compensation"] = to_json(how, choice);
        if (choice.model || ends.size() > 1) compensated_ = smaller_graph(std::move(choice), pruned);
      }
      turns_.push_back(std::move(turn));
    }
  }

  /// Goes on with the result as far as the policy says; how many steps that took.
  std::size_t search(const SequentialThreshold<Greedy>& policy, const Graph& start, CostMemory& costs,
                     const BlockSource* outputs, ProgressSink& progress) {
    Evaluator evaluator({.graph = start,
                         .calibration = run_texts_->calibration,
                         .options = evaluator_options_,
                         .memory = &costs,
                         .outputs = outputs});
    const std::size_t before = result_.steps.size();
    std::size_t step = before;
    const auto on_step = [&](const PruningStep& taken) {
      const auto right = [](const std::string& text, std::size_t width) {
        return std::string(width - std::min(width, text.size()), ' ') + text;
      };
      std::string what = describe(taken.search.edit, config());
      what.resize(std::max<std::size_t>(what.size(), 36), ' ');
      console_.note(right(std::to_string(step++), 4) + "  " + what +
                    right(perplexity_text(evaluator.display(taken.search.cost)), 13) +
                    right(percent_text(taken.search.ratio), 11));
    };
    PruningResult found = policy.run(
        {.graph = start, .objective = evaluator, .progress = progress, .on_step = on_step, .seed = spec_.seed});
    result_ = joined(std::move(result_), std::move(found));
    statistics_ += evaluator.statistics();
    console_.note("");
    return result_.steps.size() - before;
  }

  /// What is said where the work is given up.
  [[nodiscard]] std::string farewell() const {
    return "interrupted; the same command goes on from here. What is measured is in " +
           (std::filesystem::path(options_.out) / run_journal_name).string() + "\n";
  }

  [[nodiscard]] nlohmann::ordered_json make_log() const {
    const Calibration& calibration = run_texts_->calibration;
    nlohmann::ordered_json settings = settings_json(spec_, policy_, *run_texts_);
    for (const auto& [name, value] : identity_) settings["identity"][name] = value;
    for (const auto& [name, windows] : calibration.sets()) settings["calibration_windows"][name] = windows.count();
    settings["calibration_windows"]["fit"] = run_texts_->fit.count();
    settings["fit_windows"] = fingerprint_of(run_texts_->fit).text();
    if (mask_.has_mask()) settings["weight_mask"] = to_json(mask_);
    const auto display = [](double cost) { return Perplexity{}.display(cost); };
    nlohmann::ordered_json log = run_log(config(), Plan(model_->graph), result_, display,
                                         {std::move(settings), !ordering_of(spec_).is_none(), statistics_});
    if (spec_.compensate_every) {
      log["turns"] = turns_;
    } else if (turns_.back().contains("compensation")) {
      log["compensation"] = turns_.back().at("compensation");
    }
    return log;
  }

  [[nodiscard]] ModelCard card() const {
    ModelCard card{model_->graph,
                   result_,
                   name_of(spec_.model),
                   command_,
                   "Calibration: " + text_name(spec_.calibration) + ", " + calibration_sentence() + ".",
                   ordering_of(spec_),
                   mask_table(mask_, true),
                   {},
                   model_->warnings};
    for (const JudgedText& text : texts_) card.texts.push_back(text.comparison);
    return card;
  }

  void write(const Graph& graph, const ModelView& smaller, const nlohmann::ordered_json& log) const {
    SaveOptions save_options{.overwrite = options_.overwrite,
                             .removal_order = removals_of(result_),
                             .reordering = ordering_of(spec_).name,
                             .settings = log.at("args"),
                             .more_files = step_configs(config(), Plan(graph), result_, graph.origin().removal_order),
                             .kept_files = {run_journal_name}};
    save_options.more_files["log.json"] = to_json_text(log);
    save_options.more_files["README.md"] = to_markdown(card());
    InterruptibleWork work(console_.progress());
    save(smaller, options_.out, save_options, work);
  }

  void report(const nlohmann::ordered_json& log) const {
    console_.print(comparison_table(card(), false));
    if (mask_.has_mask()) console_.print("\n" + mask_table(mask_, false));
    console_.print("\nwritten to " + options_.out + " in " + duration_text(watch_.seconds()) + "\n");
    if (result_.outcome == SearchOutcome::reached && result_.steps.empty()) {
      console_.print("Nothing was removed: the model already lacks " + percent_text(result_.ratio) +
                     " of its parameters, which is all that was asked for.\n");
    }
    if (result_.outcome != SearchOutcome::reached) {
      console_.print("The target is out of reach: " + why() + ". What could be removed is removed.\n");
      if (spec_.ratio && !spec_.stages && !thresholds_of(spec_).depth) {
        console_.print("With --distribution 44:52:4, whole blocks may go, too.\n");
      }
    }
    console_.note(work_sentence());
    console_.note("next: multipruner generate " + options_.out + " --prompt \"Once upon a time\"");
    if (!console_.json()) return;
    nlohmann::ordered_json json{{"out", options_.out}};
    json.update(log);
    json["perplexity"] = to_json(card().texts);
    const EvaluatorStatistics& s = statistics_;
    json["work"] = {{"blocks_run", s.blocks_run},
                    {"blocks_saved_by_sharing", s.blocks_saved_by_sharing},
                    {"blocks_saved_by_reuse", s.blocks_saved_by_reuse},
                    {"blocks_saved_by_early_stop", s.blocks_saved_by_early_stop},
                    {"blocks_saved_by_memory", s.blocks_saved_by_memory},
                    {"weight_bytes", s.weight_bytes},
                    {"most_stream_bytes", s.most_stream_bytes},
                    {"peak_memory_bytes", resident_memory().most}};
    json["seconds"] = watch_.seconds();
    console_.print_json(json);
  }

  /// What the search did instead of one forward pass a candidate, in block evaluations.
  [[nodiscard]] std::string work_sentence() const {
    const EvaluatorStatistics& s = statistics_;
    const auto share = [&](Index blocks) {
      return percent_text(100 * static_cast<double>(blocks) /
                          static_cast<double>(std::max<Index>(s.blocks_asked_for(), 1)));
    };
    return "search: " + grouped_text(s.blocks_run) + " block evaluations instead of " +
           grouped_text(s.blocks_asked_for()) + " (" + share(s.blocks_run) + ")\n        saved: shared beginnings " +
           share(s.blocks_saved_by_sharing) + ", kept streams " + share(s.blocks_saved_by_reuse) + ", early stop " +
           share(s.blocks_saved_by_early_stop) + ", known costs " + share(s.blocks_saved_by_memory) + "\n        " +
           bytes_text(s.weight_bytes) + " of weights read, up to " + bytes_text(s.most_stream_bytes) +
           " of streams kept; peak memory " + bytes_text(resident_memory().most);
  }

  [[nodiscard]] std::string why() const {
    return result_.outcome == SearchOutcome::no_candidate ? "nothing is left that these settings allow to remove"
                                                          : "no candidate has a finite perplexity";
  }

  PruneOptions options_;
  RunSpec spec_;  ///< what is left open is filled in
  std::string command_;
  Console& console_;
  Stopwatch watch_;
  SequentialThresholdOptions policy_;
  Index text_windows_to_fit_ = 0;  ///< without those that are generated
  std::optional<Model> model_;
  std::optional<RunTexts> run_texts_;
  std::vector<JudgedText> texts_;
  MaskReport mask_;
  EvaluatorOptions evaluator_options_;
  UnitOrderOptions order_options_;
  std::optional<Graph> compensated_;           ///< what is left, with new weights
  std::vector<nlohmann::ordered_json> turns_;  ///< for the log
  JournalIdentity identity_;
  PruningResult result_;
  EvaluatorStatistics statistics_;
};

class Prune final : public Command {
 public:
  explicit Prune(CLI::App& program)
      : Command(program, "prune", "Remove what matters least from a model and write the smaller one",
                "  multipruner prune model/ --ratio 20 --calibration text.txt --out model-20/\n"
                "  multipruner prune model/ --ratio 22 --calibration alpaca.json --sampling random \\\n"
                "      --samples 256 --samples-width 128 --out model-22/ --eval-text heldout.txt\n"
                "  multipruner prune model/ --ratio 10 --distribution 1:0:0 --calibration text.txt \\\n"
                "      --out shallower/                  # whole blocks only, as BlockPruner does\n"
                "  multipruner prune model/ --ratio 20 --calibration text.txt --dry-run   # how long, how much memory\n"
                "  multipruner prune model/ --depth-until 8 --mlp-until 20 --calibration text.txt \\\n"
                "      --seqlen 512 --max-windows 32 --out model-20/\n\n"
                "Exits with 6 if the target cannot be reached; what could be removed is then saved.\n") {
    add_prune_options(app(), options_);
  }

  ExitCode run(Console& console) override {
    const std::vector<std::string> no_effect{
        "threads",           "quiet",         "json", "overwrite", "restart", "memory",
        "stream-memory",     "statistics",    "out",  "do_prune",  "do_eval", "batch_size",
        "importance_metric", "weight_reorder"};
    options_.spec.seed = common().seed;
    check_options(options_);
    return Run(options_, command_line(app(), no_effect) + " --out DIR", console).run();
  }

 private:
  PruneOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_prune(CLI::App& program) {
  return std::make_unique<Prune>(program);
}

}  // namespace multipruner::cli
