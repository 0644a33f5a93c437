// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/token_memory.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/run/run_registries.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/run/text_windows.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A text whose loss counts beside that of the calibration text.
struct MixedText {
  std::string file{};
  double weight = 1;  ///< of its mean loss; the calibration text has 1
};

/// Reads "FILE" or "FILE:WEIGHT". @throws OptionError for a weight that is not above 0
[[nodiscard]] MixedText parse_mixed_text(const std::string& text);

/// The windows that a run learns from.
struct RunTexts {
  Calibration calibration;  ///< on which blocks and widths are judged
  TokenWindows fit;         ///< from which the order and the compensation are made
  std::optional<TokenId> ignored_label{};
};

/// Reads the texts of a run. Fills in what the spec leaves to the model, and to the text: tokens a window, and how
/// many windows are to be generated.
/// @throws Error where a text cannot be read or is too short.
[[nodiscard]] RunTexts read_run_texts(RunSpec& spec, const TokenizedModel& model, const TextReader& read,
                                      const RunRegistries& registries = {});

/// Tokens of each window that the model writes itself: as many as the longest of those it is fitted to, and 512 at
/// most. Longer ones take more time a token, and teach the same.
[[nodiscard]] Index generated_window_length(const TokenWindows& fit);

/// Lets the model write the windows for what is fitted that the spec asks for.
/// @param room  bytes that it may take, if it is not half of what is free: at least a window is written at a time.
/// Changes no window
/// @param memory  from which windows go on that were begun before; or null
void add_generated_windows(RunTexts& texts, const Graph& graph, const RunSpec& spec,
                           std::optional<Index> room = std::nullopt, TokenMemory* memory = nullptr,
                           ProgressSink& progress = silent_progress());

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_texts.ipp>
#endif
