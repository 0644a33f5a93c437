// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "console.hpp"
#include <multipruner/run/judge_text.hpp>

namespace multipruner::cli {

/// The perplexity of a model on a text, with progress and warnings on the console. @throws as judge_text
[[nodiscard]] inline PerplexityResult judge(const ModelView& view, const TokenWindows& windows, const Judgement& what,
                                            Console& console) {
  return judge_text(view, windows, what, console.progress(), [&](std::string_view text) { console.warn(text); });
}

/// Warns of windows that are longer than the model says it can read.
inline void warn_of_long_windows(const WindowSettings& settings, const ModelConfig& config, Console& console) {
  if (const auto warning = warning_of_long_windows(settings, config)) console.warn(*warning);
}

}  // namespace multipruner::cli
