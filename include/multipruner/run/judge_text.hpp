// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/run/run_events.hpp>
#include <multipruner/run/text_windows.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a model is judged on.
struct Judgement {
  std::string model;  ///< as messages name it
  std::string text;   ///< a file
  PerplexityOptions options{};
  /// What to do where the weights are finite, and the loss is not.
  std::string remedy = "Get the checkpoint again; it was damaged, or its training or conversion went wrong";
};

/// The perplexity of a model on a text. Where the windows are longer than what it was made for, a warning says so.
/// @throws DataError for a loss that is not finite, naming the tensor or the block where that begins.
[[nodiscard]] PerplexityResult judge_text(const ModelView& view, const TokenWindows& windows, const Judgement& what,
                                          ProgressSink& progress = silent_progress(), const TextSink& on_warning = {});

/// A warning of windows that are longer than the model says it can read; nothing where they are not.
[[nodiscard]] std::optional<std::string> warning_of_long_windows(const WindowSettings& settings,
                                                                 const ModelConfig& config);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/judge_text.ipp>
#endif
