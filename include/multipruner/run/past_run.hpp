// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/report/run_path.hpp>
#include <multipruner/run/mask_report.hpp>
#include <multipruner/run/moved_inputs.hpp>
#include <multipruner/run/run_environment.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a second look at a step of a run found.
struct StepVerdict {
  Index exact = 0, bounds = 0;          ///< candidates whose cost or bound is right
  std::vector<std::string> problems{};  ///< those that are not, and a winner that is none
};

/// A point on the path of a run, written as a model.
struct ExtractedPoint {
  std::filesystem::path folder;
  std::size_t steps = 0;
  double ratio = 0;  ///< percent of the parameters that are removed
  Index parameters = 0;
};

/// A finished run, from its folder: earlier points of it can be written, and what it decided can be checked, without
/// searching again.
class PastRun {
 public:
  /// @throws FileError, DataError where the folder is none of a run, or its model is not there or has other weights
  PastRun(std::filesystem::path folder, MovedInputs moved, RunEnvironment environment);
  PastRun(const PastRun&) = delete;
  PastRun& operator=(const PastRun&) = delete;
  ~PastRun();

  [[nodiscard]] const RunSpec& spec() const { return spec_; }
  [[nodiscard]] const RunPath& path() const { return path_; }

  /// How many steps it took until at least so many percent were removed. @throws OptionError where it did not come so
  /// far.
  [[nodiscard]] std::size_t steps_until(double ratio) const { return multipruner::steps_until(path_, ratio); }

  /// Writes the model after the first steps: with the bytes of a run that ends there, compensated as the run was.
  /// @throws OptionError for more steps than there are, or a folder that must not be replaced; DataError where text or
  /// order are not those of the run; OutputError where the folder cannot be written
  ExtractedPoint extract(std::size_t steps, const std::filesystem::path& out, bool overwrite = false,
                         ProgressSink& progress = silent_progress());

  /// Measures all candidates of a step to the end, and compares with the log; whether the cheapest was taken, too,
  /// where the policy of the run is known to do so. Steps in ascending order are quickest.
  /// @throws OptionError for a step that there is not; DataError where the inputs are not those of the run
  StepVerdict verify(std::size_t step, ProgressSink& progress = silent_progress());

 private:
  struct Replay;

  [[nodiscard]] std::unique_ptr<Replay> make_replay(RunSpec spec, bool with_texts, ProgressSink& progress) const;
  void prepare_to_extract(ProgressSink& progress);
  void prepare_to_verify(ProgressSink& progress);
  [[nodiscard]] std::string card_of(const PruningResult& result, std::vector<std::string> compensated,
                                    const MaskReport& mask) const;
  [[nodiscard]] std::vector<PruningStage> stages() const;
  [[nodiscard]] std::string decided_by() const;
  [[nodiscard]] StepVerdict check(std::size_t step, Replay& replay) const;
  [[nodiscard]] StepVerdict check_cost(std::size_t step, Replay& replay) const;

  std::filesystem::path folder_;
  MovedInputs moved_;
  RunEnvironment environment_;
  RunSpec spec_;
  std::vector<std::string> warnings_;  ///< of the loader
  Graph source_;                       ///< the model that the run began with
  RunPath path_;
  ProtectedBlocks kept_;
  std::unique_ptr<Replay> extracting_, verifying_;  ///< with the inputs that each needs
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/past_run.ipp>
#endif
