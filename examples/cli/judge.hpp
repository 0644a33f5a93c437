// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "console.hpp"
#include "options.hpp"
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/graph/model_config.hpp>

namespace multipruner::cli {

/// What a model is judged on.
struct Judgement {
  std::string model;  ///< as messages name it
  std::string text;   ///< a file
  PerplexityOptions options{};
  /// What to do where the weights are finite, and the loss is not.
  std::string remedy = "Get the checkpoint again; it was damaged, or its training or conversion went wrong";
};

/// The perplexity of a model on a text. Where the windows are longer than what it was made for, the console says so.
/// @throws DataError for a loss that is not finite, naming the tensor or the block where that begins.
[[nodiscard]] PerplexityResult judge(const ModelView& view, const TokenWindows& windows, const Judgement& what,
                                     Console& console);

/// Warns of windows that are longer than the model says it can read.
void warn_of_long_windows(const WindowSettings& flags, const ModelConfig& config, Console& console);

}  // namespace multipruner::cli
