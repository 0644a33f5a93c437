// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/io/encode_rendered.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Calibration::Calibration(std::initializer_list<Set> sets, CalibrationRows rows)
    : rows_(std::move(rows)) {
  for (const Set& one : sets) {
    if (contains(one.name)) {
      throw OptionError("calibration", "two sets have the name \"" + one.name + "\"", "Give each its own");
    }
    set(one.name, one.windows);
  }
}

MULTIPRUNER_INLINE void Calibration::set(std::string name, TokenWindows windows) {
  if (name.empty() || name.find_first_of(" \t\r\n\v\f") != std::string::npos) {
    throw OptionError("calibration", "\"" + name + "\" cannot be the name of a set",
                      "Give a name without white space, e.g. block");
  }
  const auto found = std::ranges::find(sets_, name, &Set::name);
  if (found == sets_.end()) {
    sets_.push_back({std::move(name), std::move(windows)});
  } else {
    found->windows = std::move(windows);
  }
}

MULTIPRUNER_INLINE const Calibration::Set* Calibration::find(std::string_view name) const {
  const auto found = std::ranges::find(sets_, name, &Set::name);
  return found == sets_.end() ? nullptr : &*found;
}

MULTIPRUNER_INLINE const TokenWindows& Calibration::at(std::string_view name) const {
  if (const Set* found = find(name)) return found->windows;
  std::string names;
  for (const Set& one : sets_) names += (names.empty() ? "" : ", ") + one.name;
  throw DataError("calibration", "it has no set of windows \"" + std::string(name) + "\"",
                  names.empty() ? "Add it: there is none yet" : "Add it, or use what there is: " + names);
}

MULTIPRUNER_INLINE const TokenWindows& Calibration::front() const {
  if (!sets_.empty()) return sets_.front().windows;
  throw DataError("calibration", "it has no windows", "Make one with make_calibration or read_calibration");
}

MULTIPRUNER_INLINE Calibration make_calibration(std::span<const TokenId> block, std::span<const TokenId> width,
                                                Index vocabulary_size, const WindowOptions& options) {
  return {{std::string(block_samples), cut_windows(block, vocabulary_size, options, "tokens of the block set")},
          {std::string(width_samples), cut_windows(width, vocabulary_size, options, "tokens of the width set")}};
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
    const std::string text = dataset.text(numbers);
    return cut_windows(dataset.is_rendered ? encode_rendered(tokenizer, text) : tokenizer.encode(text),
                       options.vocabulary_size.value_or(tokenizer.vocabulary_size()), windows, where + set);
  };
  TokenWindows block = windows_of(rows.block, options.samples_block, ", block set");
  const bool same = rows.width == rows.block && options.samples_width == options.samples_block;
  TokenWindows width = same ? block : windows_of(rows.width, options.samples_width, ", width set");
  return Calibration({{std::string(block_samples), std::move(block)}, {std::string(width_samples), std::move(width)}},
                     std::move(rows));
}

MULTIPRUNER_INLINE Calibration read_calibration(const std::filesystem::path& path, const Tokenizer& tokenizer,
                                                const CalibrationOptions& options) {
  return make_calibration(read_text_dataset(path, options.format), tokenizer, options, path.string());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
