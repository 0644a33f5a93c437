// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <multipruner/calibration/calibration.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Calibration make_calibration(std::span<const TokenId> block, std::span<const TokenId> width,
                                                Index vocabulary_size, const WindowOptions& options) {
  return {.block = cut_windows(block, vocabulary_size, options, "tokens of the block set"),
          .width = cut_windows(width, vocabulary_size, options, "tokens of the width set")};
}

MULTIPRUNER_INLINE Calibration make_calibration(std::span<const TokenId> tokens, Index vocabulary_size,
                                                const WindowOptions& options) {
  return make_calibration(tokens, tokens, vocabulary_size, options);
}

MULTIPRUNER_INLINE Calibration make_calibration(const TextDataset& dataset, const Tokenizer& tokenizer,
                                                const CalibrationOptions& options, const std::string& where) {
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

MULTIPRUNER_INLINE Calibration read_calibration(const std::filesystem::path& path, const Tokenizer& tokenizer,
                                                const CalibrationOptions& options) {
  return make_calibration(read_text_dataset(path, options.format), tokenizer, options, path.string());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
