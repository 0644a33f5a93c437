// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/calibration/calibration_rows.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// What MultiPruner calls the windows on which whole blocks are judged, and those on which channels and heads are.
inline constexpr std::string_view block_samples = "block", width_samples = "width";

/// What a model is calibrated on: sets of windows, each under a name by which a policy says on which it judges what.
class Calibration {
 public:
  struct Set {
    std::string name;
    TokenWindows windows;
  };

  Calibration() = default;

  /// @param rows  of text that the windows come from @throws OptionError as `set`, and for a name that is there twice.
  Calibration(std::initializer_list<Set> sets, CalibrationRows rows = {});

  /// Adds a set, or puts it in the place of the one of that name. @throws OptionError for a name that is empty, or has
  /// white space in it. References to windows that were given out before are then of no use.
  void set(std::string name, TokenWindows windows);

  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }

  /// @throws DataError where there is none of that name, with the names that there are.
  [[nodiscard]] const TokenWindows& at(std::string_view name) const;

  /// The first set, for all that does not name another: what is fitted, and what is said of a model as a whole.
  /// @throws DataError where there is none.
  [[nodiscard]] const TokenWindows& front() const;

  [[nodiscard]] const std::vector<Set>& sets() const { return sets_; }

  /// The rows of text that the windows come from; empty where tokens were given.
  [[nodiscard]] const CalibrationRows& rows() const { return rows_; }

 private:
  [[nodiscard]] const Set* find(std::string_view name) const;

  std::vector<Set> sets_;
  CalibrationRows rows_;
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
/// included unless a chat template has written them out, and cut into windows. An application's own rows are
/// `TextDataset{TextFormat::json_lines, rows}`.
/// @param where names the text in errors.
/// @throws OptionError as choose_rows; DataError, OptionError as cut_windows.
[[nodiscard]] Calibration make_calibration(const TextDataset& dataset, const Tokenizer& tokenizer,
                                           const CalibrationOptions& options = {},
                                           const std::string& where = "calibration text");

/// Calibration on a file of text. Formats and errors as for read_text_dataset, and as above.
[[nodiscard]] Calibration read_calibration(const std::filesystem::path& path, const Tokenizer& tokenizer,
                                           const CalibrationOptions& options = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/calibration.ipp>
#endif
