// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "options.hpp"
#include "progress_line.hpp"

namespace multipruner::cli {

/// Where a subcommand writes: results to stdout, progress to stderr.
///
/// If the reader of stdout goes away (a closed pipe), the work goes on without a word; any other failure of
/// stdout is an OutputError at the end.
class Console {
 public:
  explicit Console(const CommonOptions& options);

  /// Text for people, part of the result. Nothing with --json.
  void print(std::string_view text);

  /// A line for people about what happens meanwhile. Nothing with --json or --quiet.
  void note(std::string_view line);

  /// The same with what it is about on the left.
  void note(std::string_view topic, std::string_view text);

  /// A line on stderr about what is likely to be wrong although the work goes on, also with --quiet, and an entry of
  /// "warnings" in the JSON that follows.
  void warn(std::string_view text);

  /// The result for machines; warnings are added to it if there were some.
  void print_json(nlohmann::ordered_json json);

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] ProgressSink& progress() { return progress_; }

  /// Whether nobody reads stdout any more.
  [[nodiscard]] bool reader_is_gone() const;

  /// @throws OutputError if something could not be written.
  void finish();

 private:
  void write(std::string_view text);

  bool quiet_, json_;
  int error_ = 0;  ///< errno of the first write that failed
  ProgressLine progress_;
  std::vector<std::string> warnings_;
};

}  // namespace multipruner::cli
