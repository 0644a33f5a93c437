#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/calibration/calibration_rows.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner {

/// The windows of tokens that pruning decides by.
struct Calibration {
  /// On which whole blocks are judged (the depth stage).
  TokenWindows block;
  /// On which channels and heads are judged (the width stages).
  TokenWindows width;
  /// The rows of text the windows come from; empty where tokens were given.
  CalibrationRows rows = {};
};

/// Calibration on tokens, for applications that tokenise themselves.
/// @throws DataError, OptionError as cut_windows.
[[nodiscard]] inline Calibration make_calibration(std::span<const TokenId> block,
                                                  std::span<const TokenId> width, Index vocabulary_size,
                                                  const WindowOptions& options = {}) {
  return {.block = cut_windows(block, vocabulary_size, options, "tokens of the block set"),
          .width = cut_windows(width, vocabulary_size, options, "tokens of the width set")};
}

/// Calibration of blocks and widths on the same tokens.
[[nodiscard]] inline Calibration make_calibration(std::span<const TokenId> tokens, Index vocabulary_size,
                                                  const WindowOptions& options = {}) {
  return make_calibration(tokens, tokens, vocabulary_size, options);
}

/// Calibration on rows of text: those of a set are joined with a blank line, tokenised once, special tokens
/// included, and cut into windows. An application's own rows are `TextDataset{TextFormat::json_lines, rows}`.
/// @param where names the text in errors.
/// @throws OptionError as choose_rows; DataError, OptionError as cut_windows.
[[nodiscard]] inline Calibration make_calibration(const TextDataset& dataset, const Tokenizer& tokenizer,
                                                  const CalibrationOptions& options = {},
                                                  const std::string& where = "calibration text") {
  CalibrationRows rows = choose_rows(dataset.size(), is_running_text(dataset.format), options);
  const auto windows_of = [&](const std::vector<Index>& numbers, const char* set) {
    return cut_windows(tokenizer.encode(dataset.text(numbers)),
                       options.vocabulary_size.value_or(tokenizer.vocabulary_size()), options.windows(),
                       where + set);
  };
  TokenWindows block = windows_of(rows.block, ", block set");
  TokenWindows width = rows.width == rows.block ? block : windows_of(rows.width, ", width set");
  return {std::move(block), std::move(width), std::move(rows)};
}

/// Calibration on a file of text. Formats and errors as for read_text_dataset, and as above.
[[nodiscard]] inline Calibration read_calibration(const std::filesystem::path& path,
                                                  const Tokenizer& tokenizer,
                                                  const CalibrationOptions& options = {}) {
  return make_calibration(read_text_dataset(path, options.format), tokenizer, options, path.string());
}

}  // namespace multipruner
