// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/compensation/choose_compensation.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/run/compensation_method.hpp>
#include <multipruner/search/cost_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What makes up for what a run removes, and how.
struct RunCompensationOptions {
  CompensationMethod method{};
  CompensationSettings settings{};
  std::optional<double> every{};  ///< search and compensation in turn, so many percent of the parameters at a time

  /// @throws OptionError for a ridge or a share that cannot work, or settings of what the method does not do.
  void validate() const;

  /// @throws OptionError where the method is not for such a model.
  void require_applicable(const ModelConfig& config) const;
};

/// A method at work on a model.
class RunCompensation {
 public:
  /// @param dense  the whole model
  /// @param windows  on which it is fitted. Both must outlive this.
  /// @throws OptionError as RunCompensationOptions::validate
  RunCompensation(RunCompensationOptions options, const Graph& dense, const TokenWindows& windows);

  /// What the candidates of a search that begins at `start` are compared with; null: nothing, they are compared as they
  /// are.
  [[nodiscard]] std::unique_ptr<BlockSource> outputs(const Graph& start,
                                                     ProgressSink& progress = silent_progress()) const;

  /// Tries the method with each ridge, and keeps what is best on windows held out.
  /// @param pruned  with the outputs that candidates were compared with
  /// @param memory  keeps what the trials came to, under the plan of the view; or null
  [[nodiscard]] CompensationChoice compensate(const ModelView& pruned, ProgressSink& progress = silent_progress(),
                                              CostMemory* memory = nullptr) const;

 private:
  [[nodiscard]] TrialMemory trials(const ModelView& pruned, CostMemory* memory) const;

  RunCompensationOptions options_;
  const Graph* dense_;
  const TokenWindows* windows_;
};

/// What is left of the model after a choice: the compensated one, or the plain columns of the view.
[[nodiscard]] Graph smaller_graph(CompensationChoice choice, const ModelView& pruned);

/// "stream-matching, ridge 0.1: 3.412 to 3.251 nats a token on held-out windows", or why there is none.
[[nodiscard]] std::string describe(const CompensationMethod& method, const CompensationChoice& choice);

/// For the log: what was tried, what was chosen, and how each weight was solved.
[[nodiscard]] nlohmann::ordered_json to_json(const RunCompensationOptions& options, const CompensationChoice& choice);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_compensation.ipp>
#endif
