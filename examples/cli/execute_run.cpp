// SPDX-License-Identifier: MIT
#include "execute_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "environment.hpp"
#include "interruption.hpp"
#include "options.hpp"
#include "output_folder.hpp"
#include "text_files.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/sequential_choices.hpp>

namespace multipruner::cli {

namespace {

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

/// Shows a run on a console, line by line.
class RunPrinter {
 public:
  RunPrinter(std::string metric, Console& console) : metric_(std::move(metric)), console_(console) {}

  void note(std::string_view topic, std::string_view text) {
    end_steps();
    console_.note(topic, text);
    if (topic == "compensation") console_.note("");
  }

  void step(const RunStep& step) {
    if (!in_steps_) console_.note("\nstep  narrowed or removed               " + right(metric_, 15) + "    removed");
    in_steps_ = true;
    std::string what = step.what;
    what.resize(std::max<std::size_t>(what.size(), 36), ' ');
    console_.note(right(std::to_string(step.number), 4) + "  " + what +
                  right(std::isfinite(step.shown) ? perplexity_text(step.shown) : "", 13) +
                  right(percent_text(step.step.search.ratio), 11));
  }

  void end_steps() {
    if (std::exchange(in_steps_, false)) console_.note("");
  }

 private:
  std::string metric_;
  Console& console_;
  bool in_steps_ = false;
};

ExitCode print_forecast(const PruningRun& run, Console& console) {
  const RunForecast forecast = run.forecast();
  const Index available = attainable_memory();
  console.print("\nexpected     " + grouped_text(forecast.search.steps) + " steps, " +
                grouped_text(forecast.search.work.plans) + " candidates, " +
                grouped_text(forecast.search.work.blocks_run) + " block evaluations instead of " +
                grouped_text(forecast.search.work.blocks_asked_for()) + "\n             about " +
                rough_duration_text(forecast.seconds) + " on this machine, and " + bytes_text(forecast.memory_bytes) +
                " of memory; " + bytes_text(available) +
                " are available\n             Nothing was written; omit --dry-run to do the run.\n");
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
    if (!result.steps.empty() || result.graph) return "";
    return "Nothing was removed: the model already lacks " + percent_text(result.ratio) +
           " of its parameters, which is all that was asked for.\n";
  }
  const std::string why = result.outcome == SearchOutcome::no_candidate ? "these settings leave nothing more to remove"
                                                                        : "no candidate has a finite " + spec.metric;
  const bool keeps_blocks = spec.policy == RunSpec{}.policy && spec.ratio && !spec.stages && !thresholds_of(spec).depth;
  return "The target is out of reach: " + why + ". What could be removed is removed.\n" +
         (keeps_blocks ? "With --distribution 44:52:4, whole blocks may go, too.\n" : "");
}

RunPlace place_of(const PlaceOptions& options) {
  const auto bytes = [](const std::optional<std::uint64_t>& size) {
    return size ? std::optional(static_cast<Index>(*size)) : std::nullopt;
  };
  return {.out = options.out,
          .overwrite = options.overwrite,
          .restart = options.restart,
          .statistics = options.statistics,
          .memory = bytes(options.memory),
          .stream_memory = bytes(options.stream_memory),
          .event_log = options.dry_run ? "" : options.log_jsonl};
}

/// What is said where the work is given up.
std::string farewell(const PlaceOptions& options) {
  const std::filesystem::path journal = std::filesystem::path(options.out) / run_journal_name;
  std::error_code ignored;
  if (!std::filesystem::exists(journal, ignored)) {
    const bool written = std::filesystem::exists(std::filesystem::path(options.out) / generated_journal_name, ignored);
    return written ? "interrupted; the same command continues with the text that the model was writing\n"
                   : "interrupted before anything was measured\n";
  }
  return std::string("interrupted; the same command ") + (options.restart ? "without --restart " : "") +
         "continues from here. What has been measured is in " + journal.string() + "\n";
}

void report(const FinishedRun& done, const PruningRun& run, const std::string& out, const Stopwatch& watch,
            Console& console) {
  console.print(done.table);
  if (done.mask.has_mask()) console.print("\n" + mask_table(done.mask, false));
  console.print("\nwritten to " + out + " in " + duration_text(watch.seconds()) + "\n" + ending(done, run.spec()));
  console.note(work_sentence(done.statistics));
  console.note("next: multipruner generate " + out + " --prompt \"Once upon a time\"");
  if (!console.json()) return;
  nlohmann::ordered_json json{{"out", out}};
  json.update(done.log.json());
  json["perplexity"] = to_json(done.texts);
  json["work"] = work_json(done.statistics);
  json["seconds"] = watch.seconds();
  console.print_json(json);
}

}  // namespace

void add_place_options(CLI::App& app, PlaceOptions& options) {
  app.add_option(
         "--out,--output_path", options.out,
         "Folder for the smaller model; must not be there yet, or be empty.\nOr a file NAME.gguf; the folder is "
         "then NAME.gguf.run")
      ->type_name("DIR");
  app.add_flag("--overwrite", options.overwrite, "Replace --out, if it is a folder that this program made");
  app.add_flag("--dry-run", options.dry_run,
               "Only say how many candidates, how long and how much memory\nit would take; measures for some seconds");
  app.add_flag("--restart", options.restart,
               "Measure everything again instead of continuing from the\njournal in --out");
  app.add_option(
         "--statistics", options.statistics,
         "Keep the statistics of activations that --reorder needs in\nthis file, or take them from it if it is there")
      ->type_name("FILE");
  app.add_option(
         "--log-jsonl", options.log_jsonl,
         "Note what happens in this file, one JSON object per line:\nsteps, progress, time left; for scripts and "
         "dashboards")
      ->type_name("FILE");
  add_size_option(app, "--memory", options.memory,
                  "Total memory to use, e.g. 2GB: for models larger than memory.\nWeights then stay in files, except "
                  "for the block in use;\nnever changes a result");
  add_size_option(app, "--stream-memory", options.stream_memory,
                  "Memory for activations that candidates share and that are kept\nfrom step to step, e.g. 500MB or "
                  "8GB [a quarter of what is free];\nnever changes a result");
}

bool names_gguf_file(const std::string& out) {
  return out.ends_with(".gguf");
}

std::string gguf_format_of(const std::string& format) {
  if (format == RunSpec{}.format || format == GgufExporter::name) return std::string(GgufExporter::name);
  throw OptionError("--out", "it is the name of a file in gguf, and --format says " + format, "Name a folder");
}

namespace {

/// The folder of a run whose `--out` is a file: what it notes and is resumed from stays there.
PlaceOptions folder_for_file(PlaceOptions options) {
  options.file = options.out;
  options.out += ".run";
  return options;
}

/// A run whose `--out` is a GGUF file, which moves to its place from the folder of the run.
ExitCode execute_run_into_file(RunSpec spec, const PlaceOptions& options, Console& console) {
  spec.format = gguf_format_of(spec.format);
  std::error_code error;
  if (!options.overwrite && std::filesystem::exists(options.out, error)) {
    throw OutputError(options.out, "is there already", "Choose another name, or replace it with --overwrite");
  }
  const PlaceOptions place = folder_for_file(options);
  const ExitCode code = execute_run(spec, place, console);
  if (options.dry_run) return code;
  std::filesystem::rename(std::filesystem::path(place.out) / "model.gguf", options.out, error);
  if (error) {
    throw OutputError(options.out, "cannot be made: " + error.message(), "Take model.gguf from " + place.out);
  }
  console.note("log, card and recipe: " + place.out);
  return code;
}

}  // namespace

ExitCode execute_run(const RunSpec& spec, const PlaceOptions& options, Console& console) {
  if (options.out.empty() && !options.dry_run) {
    throw OptionError("--out", "is missing", "Say where the smaller model is to go, or ask for a --dry-run");
  }
  if (names_gguf_file(options.out)) return execute_run_into_file(spec, options, console);
  if (!options.out.empty()) check_output_folder(options.out, spec.model, options.overwrite, run_journal_names());
  const Stopwatch watch;
  RunPrinter printer(spec.metric, console);
  TextFiles files(console);
  RunEnvironment environment = environment_of(files, console);
  environment.events.on_note = [&](std::string_view topic, std::string_view text) { printer.note(topic, text); };
  environment.events.on_step = [&](const RunStep& step) { printer.step(step); };
  PruningRun run(spec, place_of(options), std::move(environment));
  run.introduce();
  if (options.dry_run) return print_forecast(run, console);
  const FinishedRun done = [&] {
    InterruptibleWork work(console.progress(), [&] { return farewell(options); });
    return run.run(work);
  }();
  printer.end_steps();
  report(done, run, options.file.empty() ? options.out : options.file, watch, console);
  return done.result.outcome == SearchOutcome::reached ? ExitCode::ok : ExitCode::target_unreachable;
}

}  // namespace multipruner::cli
