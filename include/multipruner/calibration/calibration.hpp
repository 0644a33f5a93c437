#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
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

/// Tokens that are taken from the front of a running text unless a number of samples or windows is asked for: about as
/// many as the 256 rows that are usual of a data set, so that a book for calibration does not mean a run of days.
inline constexpr Index usual_running_tokens = 32768;

/// Calibration on tokens, for applications that tokenise themselves.
/// @throws DataError, OptionError as cut_windows.
[[nodiscard]] inline Calibration make_calibration(std::span<const TokenId> block, std::span<const TokenId> width,
                                                  Index vocabulary_size, const WindowOptions& options = {}) {
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
  const bool running_text = is_running_text(dataset.format);
  CalibrationRows rows = choose_rows(dataset.size(), running_text, options);
  const auto windows_of = [&](const std::vector<Index>& numbers, std::optional<Index> samples, const char* set) {
    WindowOptions windows = options.windows();
    if (running_text && options.sampling == Sampling::first && !samples && !windows.max_windows && windows.length > 0) {
      windows.max_windows = std::max<Index>(1, usual_running_tokens / windows.length);
    }
    return cut_windows(tokenizer.encode(dataset.text(numbers)),
                       options.vocabulary_size.value_or(tokenizer.vocabulary_size()), windows, where + set);
  };
  TokenWindows block = windows_of(rows.block, options.samples_block, ", block set");
  const bool same = rows.width == rows.block && options.samples_width == options.samples_block;
  TokenWindows width = same ? block : windows_of(rows.width, options.samples_width, ", width set");
  return {std::move(block), std::move(width), std::move(rows)};
}

/// Calibration on a file of text. Formats and errors as for read_text_dataset, and as above.
[[nodiscard]] inline Calibration read_calibration(const std::filesystem::path& path, const Tokenizer& tokenizer,
                                                  const CalibrationOptions& options = {}) {
  return make_calibration(read_text_dataset(path, options.format), tokenizer, options, path.string());
}

}  // namespace multipruner
