// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <multipruner/calibration/sampling.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/text_format.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// What of a text a model is calibrated on.
struct CalibrationOptions {
  /// Rows of the block set, on which whole blocks are judged. Unset: 256, or all where there are fewer; of
  /// running text (plain, WikiText) that is taken from the front, everything up to `usual_running_tokens`. A number
  /// that is set is a number of paragraphs there.
  std::optional<Index> samples_block = std::nullopt;
  /// Rows of the width set, on which channels and heads are judged. Unset: as above with 128.
  std::optional<Index> samples_width = std::nullopt;
  /// Tokens a window.
  Index sequence_length = 2048;
  Sampling sampling = Sampling::first;
  /// Of the draws (random, reference) and of the splits (reference).
  std::uint64_t seed = 42;
  /// Keep only so many windows of each set, from the front.
  std::optional<Index> max_windows = std::nullopt;
  /// Labels equal to this do not count. The reference's choice:
  /// reference_ignored_label(tokenizer.eos_token_id()).
  std::optional<TokenId> ignored_label = std::nullopt;
  /// Tokens the model knows, the rows of its embedding. Unset: those of the tokenizer.
  std::optional<Index> vocabulary_size = std::nullopt;
  /// How the file holds its rows. Unset: by its name and content (detect_text_format).
  std::optional<TextFormat> format = std::nullopt;

  [[nodiscard]] WindowOptions windows() const { return {sequence_length, max_windows, ignored_label}; }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
