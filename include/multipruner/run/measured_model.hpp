// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/run/run_environment.hpp>
#include <multipruner/run/text_windows.hpp>
#include <multipruner/run/tokenizing_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What models are measured on to compare them.
struct MeasuringOptions {
  /// A text that perplexity is measured on.
  struct Text {
    std::string name{};  ///< as tables call it
    std::string file{};  ///< as the reader of texts knows it
  };

  std::vector<Text> texts{};
  WindowSettings windows{};
  TokenizingOptions tokenizing{};
  std::string prompt{};  ///< what the models continue
  GenerationOptions generation{};
};

/// What was measured of one model.
struct MeasuredModel {
  std::filesystem::path folder{};
  std::string name{};
  Index parameters = 0;
  double ratio = 0;                    ///< percent removed
  std::vector<double> perplexities{};  ///< one per text
  double tokens_per_second = 0;        ///< of the evaluation
  std::string continuation{};          ///< of the prompt
};

/// Loads a model, evaluates it on all texts and lets it continue the prompt.
/// @throws Error where model or texts cannot be read; DataError for a loss that is not finite
[[nodiscard]] MeasuredModel measure_model(const std::filesystem::path& folder, const MeasuringOptions& options,
                                          const RunEnvironment& environment,
                                          ProgressSink& progress = silent_progress());

/// Models in rows, sizes, perplexities and speed in columns, for a terminal.
[[nodiscard]] std::string comparison_table(const std::vector<MeasuredModel>& models, const MeasuringOptions& options);

/// All that was measured, for machines.
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<MeasuredModel>& models, const MeasuringOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/measured_model.ipp>
#endif
