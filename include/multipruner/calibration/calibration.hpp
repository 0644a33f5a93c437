// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/calibration/calibration_rows.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The windows of tokens that pruning decides by.
struct Calibration {
  /// On which whole blocks are judged (the depth stage).
  TokenWindows block;
  /// On which channels and heads are judged (the width stages).
  TokenWindows width;
  /// The rows of text the windows come from; empty where tokens were given.
  CalibrationRows rows = {};
};

/// Tokens that are taken from the front of a running text unless a number of samples or windows is asked for: about as
/// many as the 256 rows that are usual of a data set, so that a book for calibration does not mean a run of days.
inline constexpr Index usual_running_tokens = 32768;

/// Calibration on tokens, for applications that tokenise themselves.
/// @throws DataError, OptionError as cut_windows.
[[nodiscard]] Calibration make_calibration(std::span<const TokenId> block, std::span<const TokenId> width,
                                           Index vocabulary_size, const WindowOptions& options = {});

/// Calibration of blocks and widths on the same tokens.
[[nodiscard]] Calibration make_calibration(std::span<const TokenId> tokens, Index vocabulary_size,
                                           const WindowOptions& options = {});

/// Calibration on rows of text: those of a set are joined with a blank line, tokenised once, special tokens
/// included, and cut into windows. An application's own rows are `TextDataset{TextFormat::json_lines, rows}`.
/// @param where names the text in errors.
/// @throws OptionError as choose_rows; DataError, OptionError as cut_windows.
[[nodiscard]] Calibration make_calibration(const TextDataset& dataset, const Tokenizer& tokenizer,
                                           const CalibrationOptions& options = {},
                                           const std::string& where = "calibration text");

/// Calibration on a file of text. Formats and errors as for read_text_dataset, and as above.
[[nodiscard]] Calibration read_calibration(const std::filesystem::path& path, const Tokenizer& tokenizer,
                                           const CalibrationOptions& options = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/calibration.ipp>
#endif
