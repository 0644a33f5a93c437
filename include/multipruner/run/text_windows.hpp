// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/io/text_format.hpp>
#include <multipruner/run/tokenized_model.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Reads a text by the name that a spec has for it, e.g. `read_text_dataset`; a program may know more than files.
using TextReader = std::function<TextDataset(const std::string& name, std::optional<TextFormat> format)>;

/// How texts are cut into windows.
struct WindowSettings {
  std::optional<Index> seqlen{};
  std::optional<Index> max_windows{};
  std::optional<std::string> ignore_label{};  ///< "eos", "none" or a token id

  friend bool operator==(const WindowSettings&, const WindowSettings&) = default;
};

/// Tokens a window: what was asked for, or min(2048, max_position_embeddings).
[[nodiscard]] Index sequence_length(const WindowSettings& settings, const ModelConfig& config);

/// The label that does not count. @param otherwise  the end-of-text token of the reference's rule.
/// @throws OptionError for a label that is no token of the model.
[[nodiscard]] std::optional<TokenId> ignored_label(const WindowSettings& settings, const ModelConfig& config,
                                                   std::optional<TokenId> otherwise);

/// Fills in what calibration takes from the model, and what the settings say of windows.
void fit_to_model(CalibrationOptions& calibration, const WindowSettings& settings, const TokenizedModel& model);

/// All of a text in windows, as models are evaluated on it; labels as the reference's evaluation ignores
/// them, by the end-of-text token of config.json.
[[nodiscard]] TokenWindows read_windows(const std::string& text, const TokenizedModel& model,
                                        const WindowSettings& settings, const TextReader& read,
                                        std::optional<TextFormat> format = std::nullopt);

/// The windows of a calibration text. @throws as make_calibration, and what the reader throws
[[nodiscard]] Calibration read_calibration(const std::string& text, const TokenizedModel& model,
                                           const CalibrationOptions& options, const TextReader& read);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/text_windows.ipp>
#endif
