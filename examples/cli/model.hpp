// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "console.hpp"
#include "options.hpp"
#include "text_files.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/io/text_format.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::cli {

/// A model with the tokenizer from its folder.
struct Model {
  Graph graph;
  std::unique_ptr<Tokenizer> tokenizer;
  std::vector<std::string> warnings{};  ///< of the loader
};

/// Options of `load` with which its warnings are shown.
[[nodiscard]] LoadOptions warning_on(Console& console);

/// Warnings are shown and kept. @throws Error where either cannot be loaded, or the tokenizer has tokens that the model
/// does not know.
[[nodiscard]] Model load_model(const std::filesystem::path& directory, Console& console, LoadOptions options = {});

/// A model that is loaded, and the tokenizer beside it. @throws as load_model
[[nodiscard]] Model with_tokenizer(Graph graph);

/// The name of a model folder or file: its last part, whatever path leads there.
[[nodiscard]] std::string name_of(const std::filesystem::path& path);

/// The name of a file without its extension.
[[nodiscard]] std::string stem_of(const std::filesystem::path& path);

/// Tokens a window: what was asked for, or min(2048, max_position_embeddings).
[[nodiscard]] Index sequence_length(const WindowFlags& flags, const ModelConfig& config);

/// The label that does not count. @param otherwise the end-of-text token of the reference's rule.
[[nodiscard]] std::optional<TokenId> ignored_label(const WindowFlags& flags, const Model& model,
                                                   std::optional<TokenId> otherwise);

/// Fills in what calibration takes from the model, and what the flags say of windows.
void fit_to_model(CalibrationOptions& calibration, const WindowFlags& flags, const Model& model);

/// All of a text in windows, as models are evaluated on it; labels as the reference's evaluation ignores
/// them, by the end-of-text token of config.json.
[[nodiscard]] TokenWindows read_windows(const std::string& text, const Model& model, const WindowFlags& flags,
                                        TextFiles& texts, std::optional<TextFormat> format = std::nullopt);

/// The windows of a calibration text. @throws as multipruner::read_calibration
[[nodiscard]] Calibration read_calibration(const std::string& text, const Model& model,
                                           const CalibrationOptions& options, TextFiles& texts);

}  // namespace multipruner::cli
