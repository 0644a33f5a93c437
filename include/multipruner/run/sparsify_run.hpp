// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/io/json_object.hpp>
#include <multipruner/policy/sparsify_options.hpp>
#include <multipruner/policy/sparsify_result.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/judged_text.hpp>
#include <multipruner/run/mask_report.hpp>
#include <multipruner/run/run_environment.hpp>
#include <multipruner/run/run_place.hpp>
#include <multipruner/run/sparsify_card.hpp>
#include <multipruner/run/sparsify_choices.hpp>
#include <multipruner/run/sparsify_spec.hpp>
#include <multipruner/run/text_comparison.hpp>
#include <multipruner/run/tokenized_model.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a run that sets weights to zero has made, beside the folder.
struct FinishedSparsification {
  SparsifyResult result;
  std::vector<TextComparison> texts{};
  MaskReport mask{};     ///< of the mask that the model had before
  JsonObject numbers{};  ///< sparsity.json: settings, and every linear
  std::string tables{};  ///< linears, before and after, and what did not go as planned, for a terminal
};

/// A run from a spec to a folder with a model that has weights set to zero: the one that `multipruner sparsify` makes.
///
///     SparsifyRun run({.model = "model", .pattern = "2:4", .calibration = "text.txt"}, {.out = "sparse"},
///                     {.load_tokenizer = [](const auto& folder) { return load_tokenizer(folder); }});
///     const FinishedSparsification done = run.run(progress);
///
/// It has no journal: where the progress sink throws, nothing is written.
class SparsifyRun {
 public:
  /// Reads the inputs, and checks all that can be checked before the work.
  /// @param place  of which this run knows a folder, and whether to replace it
  /// @throws OptionError for what cannot work, FileError and DataError for inputs, OutputError for the folder
  SparsifyRun(SparsifySpec spec, RunPlace place, RunEnvironment environment);
  SparsifyRun(const SparsifyRun&) = delete;
  SparsifyRun& operator=(const SparsifyRun&) = delete;
  ~SparsifyRun();

  /// With the method and the tokens a window filled in.
  [[nodiscard]] const SparsifySpec& spec() const { return spec_; }

  [[nodiscard]] const TokenizedModel& model() const { return *model_; }

  /// Notes what will be done.
  void introduce() const;

  /// Chooses the weights, makes up for them and writes the folder, once.
  /// @throws DataError for a loss that is not finite; OutputError where the folder cannot be written; what the progress
  /// sink throws
  FinishedSparsification run(ProgressSink& progress = silent_progress());

 private:
  [[nodiscard]] const ModelConfig& config() const { return model_->graph.config(); }
  [[nodiscard]] const TokenWindows& calibration() const { return texts_.front().windows; }

  void count_linears();
  void read_texts();
  [[nodiscard]] std::string calibration_sentence() const;
  [[nodiscard]] bool is_short_of_text() const;

  [[nodiscard]] double judge(const Graph& graph, const JudgedText& text, ProgressSink& progress) const;
  [[nodiscard]] SparsifyResult set_to_zero(ProgressSink& progress) const;
  [[nodiscard]] SparsifyCard card_of(const SparsifyResult& result) const;
  [[nodiscard]] JsonObject numbers_of(const SparsifyResult& result) const;
  [[nodiscard]] std::string tables_of(const SparsifyCard& card) const;
  void write(const SparsifyCard& card, const JsonObject& numbers, ProgressSink& progress) const;

  SparsifySpec spec_;
  RunPlace place_;
  RunEnvironment environment_;
  WeightMethod method_;
  SparsifyOptions options_;
  std::optional<TokenizedModel> model_;
  BaseModel base_;
  Index linears_ = 0;              ///< that are pruned
  std::vector<JudgedText> texts_;  ///< first that of the calibration
  MaskReport mask_;
  bool begun_ = false;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/sparsify_run.ipp>
#endif
