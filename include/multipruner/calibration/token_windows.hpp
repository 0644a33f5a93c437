#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// Windows of tokens, all of one length: what a model is evaluated and calibrated on.
struct TokenWindows {
  /// Tokens a window.
  Index length = 0;
  /// count × length, row-major.
  std::vector<TokenId> tokens;
  /// Labels (next tokens) equal to this do not count in a loss.
  std::optional<TokenId> ignored_label = std::nullopt;

  [[nodiscard]] Index count() const { return length <= 0 ? 0 : static_cast<Index>(tokens.size()) / length; }

  /// @throws OptionError for a window that is not there.
  [[nodiscard]] std::span<const TokenId> window(Index i) const {
    if (i < 0 || i >= count()) {
      throw OptionError("windows of tokens",
                        "there is no window " + std::to_string(i) + " of " + std::to_string(count()),
                        "Ask for one that is there");
    }
    return std::span(tokens).subspan(static_cast<std::size_t>(i * length), static_cast<std::size_t>(length));
  }

  /// Adds windows behind these, for example of another text. None yet become the others, their ignored label included.
  /// @throws DataError for windows of another length.
  void append(const TokenWindows& more) {
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

  friend bool operator==(const TokenWindows&, const TokenWindows&) = default;
};

/// How tokens are cut into windows.
struct WindowOptions {
  /// Tokens a window, at least 2: the first one of a window is never predicted.
  Index length = 2048;
  /// Keep only so many windows, from the front.
  std::optional<Index> max_windows = std::nullopt;
  /// See TokenWindows.
  std::optional<TokenId> ignored_label = std::nullopt;
};

/// Checks windows that did not come from cut_windows.
/// @throws DataError if there is none, if they are too short to predict anything, or if tokens are left over.
inline void require_windows(const TokenWindows& windows) {
  const auto size = static_cast<Index>(windows.tokens.size());
  if (windows.length >= 2 && size > 0 && size % windows.length == 0) return;
  throw DataError(
      "windows of tokens",
      std::to_string(size) + " tokens are not a whole number of windows of " + std::to_string(windows.length),
      "Cut tokens into windows of 2 or more with cut_windows");
}

namespace detail {

inline void check(const WindowOptions& options) {
  if (options.length < 2) {
    throw OptionError("sequence length", std::to_string(options.length) + " tokens leave nothing to predict",
                      "Ask for 2 or more");
  }
  if (options.max_windows && *options.max_windows < 1) {
    throw OptionError("max_windows", std::to_string(*options.max_windows) + " windows are nothing to work on",
                      "Ask for 1 or more, or leave it unset");
  }
}

}  // namespace detail

/// Cuts tokens into consecutive windows; what is left at the end is dropped.
/// @param vocabulary_size of the model: the rows of its embedding.
/// @param where names the tokens in errors, e.g. by the file they come from.
/// @throws DataError for a token outside the vocabulary, or where there is not even one window; OptionError.
[[nodiscard]] inline TokenWindows cut_windows(std::span<const TokenId> tokens, Index vocabulary_size,
                                              const WindowOptions& options = {}, const std::string& where = "tokens") {
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

/// The label that the released MultiPruner ignores: the end-of-text token, but none where that has id 0.
///
/// Id 0 is taken for "not set" there, which is the case of GPT-NeoX's tokenizer. Published results depend on
/// it.
[[nodiscard]] constexpr std::optional<TokenId> reference_ignored_label(std::optional<TokenId> eos_token_id) {
  return eos_token_id == TokenId{0} ? std::nullopt : eos_token_id;
}

}  // namespace multipruner
