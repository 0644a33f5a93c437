// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/run/comparison_row.hpp>
#include <multipruner/run/measured_model.hpp>
#include <multipruner/run/run_environment.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/run/tokenized_model.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A way to make a model smaller, for a table beside others.
struct ComparedMethod {
  std::string name{};
  RunSpec spec{};  ///< all but its ratio
};

/// What is compared, and on what.
struct MethodComparisonOptions {
  std::vector<ComparedMethod> methods{};
  std::vector<double> ratios{};                 ///< percent
  std::vector<MeasuringOptions::Text> texts{};  ///< that losses are measured on, besides the calibration text
  WindowSettings windows{};                     ///< of these
  std::filesystem::path out{};  ///< a folder for the tables, and for what is known of them if the work is interrupted
  bool keep_models = false;     ///< whether the smaller models stay there
};

/// Several methods on one model with one calibration, at several ratios, in one table: comparison.md, .csv and .json,
/// and for every text a chart of its losses, TEXT.svg.
///
/// Rows are kept as soon as they are there, in a journal in the folder; a comparison that was interrupted goes on with
/// the row that was under way, from where that was.
class MethodComparison {
 public:
  /// Reads model and texts. @throws OptionError where nothing is to be compared, for two methods of one name, and for
  /// what a method cannot do, with its name; FileError and DataError for the inputs
  MethodComparison(MethodComparisonOptions options, RunEnvironment environment);

  /// Makes all rows and writes the tables. A method that fails has a row that says why, and is tried again the next
  /// time.
  /// @returns the rows: the unpruned model, and then the methods, ratio by ratio
  /// @throws OutputError where the folder cannot be written; what the progress sink throws
  std::vector<ComparisonRow> run(ProgressSink& progress = silent_progress());

  /// Rows as a table for a terminal, or as Markdown.
  [[nodiscard]] std::string table(const std::vector<ComparisonRow>& rows, bool markdown = false) const;

 private:
  struct Judged {
    std::string name;
    TokenWindows windows;
    std::vector<double> dense{};  ///< losses of the unpruned model's windows
  };

  [[nodiscard]] std::vector<std::string> text_names() const;
  [[nodiscard]] RunSpec spec_of(const ComparedMethod& method, double ratio) const;
  [[nodiscard]] std::string key_of(std::size_t method, double ratio) const;
  [[nodiscard]] ComparisonRow dense_row(ProgressSink& progress);
  [[nodiscard]] ComparisonRow row_of(std::size_t method, double ratio, ProgressSink& progress) const;
  [[nodiscard]] ComparisonRow measured_row(std::size_t method, double ratio, ProgressSink& progress) const;
  [[nodiscard]] std::vector<ComparedLoss> judge(const Graph& graph, ProgressSink& progress) const;
  void write(const std::vector<ComparisonRow>& rows) const;
  [[nodiscard]] std::string csv(const std::vector<ComparisonRow>& rows) const;
  [[nodiscard]] std::string chart(const std::vector<ComparisonRow>& rows, std::size_t text) const;

  MethodComparisonOptions options_;
  RunEnvironment environment_;
  std::optional<TokenizedModel> model_;
  std::vector<std::string> inputs_;  ///< what the runs of each method depend on besides their specs
  TokenWindows calibration_;         ///< of the first method, which is that of all but of recipes
  std::vector<Judged> texts_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/method_comparison.ipp>
#endif
