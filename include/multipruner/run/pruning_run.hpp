// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/evaluation/latency_table.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/importance/any_metric.hpp>
#include <multipruner/io/json_object.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/pruner/take_turns.hpp>
#include <multipruner/report/cost_journal.hpp>
#include <multipruner/report/token_journal.hpp>
#include <multipruner/run/event_log.hpp>
#include <multipruner/run/judged_text.hpp>
#include <multipruner/run/mask_report.hpp>
#include <multipruner/run/model_card.hpp>
#include <multipruner/run/run_environment.hpp>
#include <multipruner/run/run_forecast.hpp>
#include <multipruner/run/run_memory.hpp>
#include <multipruner/run/run_phase.hpp>
#include <multipruner/run/run_place.hpp>
#include <multipruner/run/run_progress.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/run/tokenized_model.hpp>
#include <multipruner/search/evaluator_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a run has made, beside the folder.
struct FinishedRun {
  PruningResult result;
  std::vector<TextComparison> texts;
  MaskReport mask;
  EvaluatorStatistics statistics;
  JsonObject log{};     ///< log.json
  std::string table{};  ///< before and after, for a terminal
};

/// A pruning run from a spec to a folder: the one that the program makes.
///
///     PruningRun run({.model = "model", .ratio = 20, .calibration = "text.txt"}, {.out = "smaller"},
///                    {.load_tokenizer = [](const auto& folder) { return load_tokenizer(folder); }});
///     const FinishedRun done = run.run(progress);
///
/// Every measured cost goes to a journal in the folder: a run that was given up, by a progress sink that throws, or
/// killed, goes on from there when another PruningRun of the same spec is made, and gives the same bytes.
class PruningRun {
 public:
  /// Reads the inputs, and checks all that can be checked before the work.
  /// @throws OptionError for what cannot work, FileError and DataError for inputs, OutputError for the folder
  PruningRun(RunSpec spec, RunPlace place, RunEnvironment environment);
  PruningRun(const PruningRun&) = delete;
  PruningRun& operator=(const PruningRun&) = delete;
  ~PruningRun();

  /// With all filled in that was left open.
  [[nodiscard]] const RunSpec& spec() const { return spec_; }

  [[nodiscard]] const TokenizedModel& model() const { return *model_; }

  /// Notes what will be done.
  void introduce() const;

  /// What the run will take; measures for some seconds, and writes nothing.
  [[nodiscard]] RunForecast forecast() const;

  /// Searches, compensates and writes the folder, once. A target out of reach is an outcome, not an error.
  /// @throws DataError for a loss that is not finite, or a journal of something else; OutputError where the folder
  /// cannot be written; what the progress sink throws
  /// @param progress  is told of the whole run as of one piece of work, with the time that is left of it
  FinishedRun run(ProgressSink& progress = silent_progress());

 private:
  [[nodiscard]] const ModelConfig& config() const { return model_->graph.config(); }

  void open_event_log();
  [[nodiscard]] std::optional<LatencyTable> latency() const;
  [[nodiscard]] FormatStructure structure() const;
  /// Refuses formats that cannot hold the model; one that refuses some plans becomes the target, unless there is one.
  void aim_at_formats();
  void require_unchanged_weights() const;
  void require_turns() const;
  void read_texts();
  void introduce_mask() const;
  [[nodiscard]] PlannedRun planned() const;
  void warn_of_scarce_memory() const;
  [[nodiscard]] std::string calibration_sentence() const;
  [[nodiscard]] std::vector<PruningStage> stages() const;
  [[nodiscard]] std::string decided_by() const;
  [[nodiscard]] std::string target_sentence() const;

  [[nodiscard]] double judge(const ModelView& view, const JudgedText& text, ProgressSink& progress) const;
  FinishedRun work(ProgressSink& shown);
  [[nodiscard]] std::vector<RunPhase> phases() const;
  void require_bounded_memory() const;
  void judge_dense(RunProgress& progress);
  void require_own_journal() const;
  [[nodiscard]] std::unique_ptr<TokenJournal> open_generated() const;
  void write_windows(RunProgress& progress);
  void make_folder() const;
  [[nodiscard]] Graph ordered(const UnitOrder& order) const;
  [[nodiscard]] std::unique_ptr<CostJournal> open_journal() const;
  void search_and_compensate(const Graph& graph, CostJournal& journal, RunProgress& progress);
  std::optional<Graph> compensate(const RunCompensation& compensation, const ModelView& pruned, const Turn& turn,
                                  CostMemory& memory, ProgressSink& progress);
  [[nodiscard]] JsonObject make_log() const;
  [[nodiscard]] ModelCard card() const;
  void write(const Graph& graph, const ModelView& smaller, const JsonObject& log, ProgressSink& progress) const;

  RunSpec spec_;
  RunPlace place_;
  RunEnvironment environment_;
  std::unique_ptr<EventLog> event_log_;
  std::optional<AnyPolicy> policy_;
  AnyMetric metric_;
  std::optional<TokenizedModel> model_;
  std::optional<RunTexts> run_texts_;
  Index text_windows_to_fit_ = 0;  ///< without those that are generated
  std::vector<JudgedText> texts_;
  BaseModel base_;
  MaskReport mask_;
  std::optional<RunMemory> memory_;
  std::optional<LatencyTable> latency_;  ///< where the run decides by it

  bool begun_ = false;
  std::optional<Graph> compensated_;  ///< what is left, with new weights
  std::vector<JsonObject> turns_;     ///< for the log
  std::vector<std::string> compensated_in_words_;
  JournalIdentity model_identity_, identity_;
  PruningResult result_;
  EvaluatorStatistics statistics_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/pruning_run.ipp>
#endif
