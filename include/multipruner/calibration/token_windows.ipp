// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::span<const TokenId> TokenWindows::window(Index i) const {
  if (i < 0 || i >= count()) {
    throw OptionError("windows of tokens", "there is no window " + std::to_string(i) + " of " + std::to_string(count()),
                      "Ask for one that is there");
  }
  return std::span(tokens).subspan(static_cast<std::size_t>(i * length), static_cast<std::size_t>(length));
}

MULTIPRUNER_INLINE void TokenWindows::append(const TokenWindows& more) {
  if (tokens.empty()) {
    *this = more;
    return;
  }
  if (more.length != length) {
    throw DataError("windows of tokens",
                    std::to_string(more.length) + " tokens a window do not go with " + std::to_string(length),
                    "Cut all texts into windows of one length");
  }
  tokens.insert(tokens.end(), more.tokens.begin(), more.tokens.end());
}

MULTIPRUNER_INLINE void require_windows(const TokenWindows& windows) {
  const auto size = static_cast<Index>(windows.tokens.size());
  if (windows.length >= 2 && size > 0 && size % windows.length == 0) return;
  throw DataError(
      "windows of tokens",
      std::to_string(size) + " tokens are not a whole number of windows of " + std::to_string(windows.length),
      "Cut tokens into windows of 2 or more with cut_windows");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void check(const WindowOptions& options) {
  if (options.length < 2) {
    throw OptionError("sequence length", std::to_string(options.length) + " tokens leave nothing to predict",
                      "Ask for 2 or more");
  }
  if (options.max_windows && *options.max_windows < 1) {
    throw OptionError("max_windows", std::to_string(*options.max_windows) + " windows are nothing to work on",
                      "Ask for 1 or more, or leave it unset");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE TokenWindows cut_windows(std::span<const TokenId> tokens, Index vocabulary_size,
                                            const WindowOptions& options, const std::string& where) {
  detail::check(options);
  const auto stray =
      std::find_if(tokens.begin(), tokens.end(), [&](TokenId token) { return token < 0 || token >= vocabulary_size; });
  if (stray != tokens.end()) {
    throw DataError(where,
                    "token " + std::to_string(*stray) + " at position " + std::to_string(stray - tokens.begin()) +
                        " is outside the vocabulary of " + std::to_string(vocabulary_size),
                    "Use the tokenizer that belongs to the model");
  }
  const auto available = static_cast<Index>(tokens.size()) / options.length;
  if (available == 0) {
    const std::string size = std::to_string(tokens.size());
    throw DataError(where, size + " tokens do not fill one window of " + std::to_string(options.length),
                    tokens.size() < 2 ? "Give more text or more samples"
                                      : "Give more text or more samples, or a sequence length of at most " + size);
  }
  const Index count = std::min(available, options.max_windows.value_or(available));
  const auto used = tokens.first(static_cast<std::size_t>(count * options.length));
  return {options.length, {used.begin(), used.end()}, options.ignored_label};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
