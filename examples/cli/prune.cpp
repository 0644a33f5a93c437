// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "interruption.hpp"
#include "model.hpp"
#include "output_folder.hpp"
#include "past_run_options.hpp"
#include "prune_options.hpp"
#include "text_files.hpp"
#include <multipruner/core/memory.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_identity.hpp>

namespace multipruner::cli {

namespace {

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

/// Shows a run on a console, line by line.
class RunPrinter {
 public:
  RunPrinter(const PruningRun*& run, Console& console) : run_(run), console_(console) {}

  void note(std::string_view topic, std::string_view text) {
    end_steps();
    std::string line(topic);
    line.resize(std::max<std::size_t>(line.size() + 1, 13), ' ');
    console_.note(line.append(text).append(topic == "compensation" ? "\n" : ""));
  }

  void step(std::size_t number, const PruningStep& step, double shown) {
    if (!in_steps_) console_.note("\nstep  narrowed or removed                    perplexity    removed");
    in_steps_ = true;
    std::string what = describe(step.search.edit, run_->model().graph.config());
    what.resize(std::max<std::size_t>(what.size(), 36), ' ');
    console_.note(right(std::to_string(number), 4) + "  " + what + right(perplexity_text(shown), 13) +
                  right(percent_text(step.search.ratio), 11));
  }

  void end_steps() {
    if (std::exchange(in_steps_, false)) console_.note("");
  }

 private:
  const PruningRun*& run_;
  Console& console_;
  bool in_steps_ = false;
};

ExitCode print_forecast(const PruningRun& run, Console& console) {
  const RunForecast forecast = run.forecast();
  const Index available = attainable_memory();
  console.print(
      "\nexpected     " + grouped_text(forecast.search.steps) + " steps, " + grouped_text(forecast.search.work.plans) +
      " candidates, " + grouped_text(forecast.search.work.blocks_run) + " block evaluations instead of " +
      grouped_text(forecast.search.work.blocks_asked_for()) + "\n             about " +
      duration_text(forecast.seconds) + " on this machine, and " + bytes_text(forecast.memory_bytes) + " of memory; " +
      bytes_text(available) + " are available\n             Nothing was written; leave --dry-run away to do it.\n");
  if (forecast.memory_bytes > available) console.warn(warning_of_memory(forecast.memory_bytes, available));
  if (!console.json()) return ExitCode::ok;
  console.print_json({{"steps", forecast.search.steps},
                      {"candidates", forecast.search.work.plans},
                      {"blocks_run", forecast.search.work.blocks_run},
                      {"blocks_asked_for", forecast.search.work.blocks_asked_for()},
                      {"seconds", forecast.seconds},
                      {"memory_bytes", forecast.memory_bytes},
                      {"available_memory_bytes", available}});
  return ExitCode::ok;
}

/// What the search did instead of one forward pass a candidate, in block evaluations.
std::string work_sentence(const EvaluatorStatistics& s) {
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

nlohmann::ordered_json work_json(const EvaluatorStatistics& s) {
  return {{"blocks_run", s.blocks_run},
          {"blocks_saved_by_sharing", s.blocks_saved_by_sharing},
          {"blocks_saved_by_reuse", s.blocks_saved_by_reuse},
          {"blocks_saved_by_early_stop", s.blocks_saved_by_early_stop},
          {"blocks_saved_by_memory", s.blocks_saved_by_memory},
          {"weight_bytes", s.weight_bytes},
          {"most_stream_bytes", s.most_stream_bytes},
          {"peak_memory_bytes", resident_memory().most}};
}

/// What there is to say of where the run ended; empty for a target that was reached in steps.
std::string ending(const FinishedRun& done, const RunSpec& spec) {
  const PruningResult& result = done.result;
  if (result.outcome == SearchOutcome::reached) {
    if (!result.steps.empty()) return "";
    return "Nothing was removed: the model already lacks " + percent_text(result.ratio) +
           " of its parameters, which is all that was asked for.\n";
  }
  const std::string why = result.outcome == SearchOutcome::no_candidate
                              ? "nothing is left that these settings allow to remove"
                              : "no candidate has a finite perplexity";
  const bool keeps_blocks = spec.ratio && !spec.stages && !thresholds_of(spec).depth;
  return "The target is out of reach: " + why + ". What could be removed is removed.\n" +
         (keeps_blocks ? "With --distribution 44:52:4, whole blocks may go, too.\n" : "");
}

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
    options_.spec.seed = common().seed;
    check_options(options_);
    if (!options_.out.empty()) {
      check_output_folder(options_.out, options_.spec.model, options_.overwrite, {run_journal_name});
    }
    const Stopwatch watch;
    const PruningRun* shown = nullptr;
    RunPrinter printer(shown, console);
    TextFiles files(console);
    PruningRun pruning(options_.spec, place(), environment(printer, files, console));
    shown = &pruning;
    pruning.introduce();
    if (options_.dry_run) return print_forecast(pruning, console);
    const FinishedRun done = [&] {
      InterruptibleWork work(console.progress(), [this] { return farewell(); });
      return pruning.run(work);
    }();
    printer.end_steps();
    report(done, pruning.spec(), watch, console);
    return done.result.outcome == SearchOutcome::reached ? ExitCode::ok : ExitCode::target_unreachable;
  }

 private:
  [[nodiscard]] RunPlace place() const {
    const auto bytes = [](const std::optional<std::uint64_t>& size) {
      return size ? std::optional(static_cast<Index>(*size)) : std::nullopt;
    };
    return {.out = options_.out,
            .overwrite = options_.overwrite,
            .restart = options_.restart,
            .statistics = options_.statistics,
            .memory = bytes(options_.memory),
            .stream_memory = bytes(options_.stream_memory)};
  }

  [[nodiscard]] RunEnvironment environment(RunPrinter& printer, TextFiles& files, Console& console) {
    const std::vector<std::string> no_effect{
        "threads",           "quiet",         "json", "overwrite", "restart", "memory",
        "stream-memory",     "statistics",    "out",  "do_prune",  "do_eval", "batch_size",
        "importance_metric", "weight_reorder"};
    RunEnvironment environment = environment_of(files, console);
    environment.events.on_note = [&](std::string_view topic, std::string_view text) { printer.note(topic, text); };
    environment.events.on_step = [&](std::size_t number, const PruningStep& step, double cost) {
      printer.step(number, step, cost);
    };
    environment.command = command_line(app(), no_effect) + " --out DIR";
    return environment;
  }

  /// What is said where the work is given up.
  [[nodiscard]] std::string farewell() const {
    const std::filesystem::path journal = std::filesystem::path(options_.out) / run_journal_name;
    std::error_code ignored;
    if (!std::filesystem::exists(journal, ignored)) return "interrupted before anything was measured\n";
    return "interrupted; the same command goes on from here. What is measured is in " + journal.string() + "\n";
  }

  void report(const FinishedRun& done, const RunSpec& spec, const Stopwatch& watch, Console& console) const {
    console.print(done.table);
    if (done.mask.has_mask()) console.print("\n" + mask_table(done.mask, false));
    console.print("\nwritten to " + options_.out + " in " + duration_text(watch.seconds()) + "\n" + ending(done, spec));
    console.note(work_sentence(done.statistics));
    console.note("next: multipruner generate " + options_.out + " --prompt \"Once upon a time\"");
    if (!console.json()) return;
    nlohmann::ordered_json json{{"out", options_.out}};
    json.update(done.log.json());
    json["perplexity"] = to_json(done.texts);
    json["work"] = work_json(done.statistics);
    json["seconds"] = watch.seconds();
    console.print_json(json);
  }

  PruneOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_prune(CLI::App& program) {
  return std::make_unique<Prune>(program);
}

}  // namespace multipruner::cli
