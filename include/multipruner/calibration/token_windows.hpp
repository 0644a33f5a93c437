// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

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
  [[nodiscard]] std::span<const TokenId> window(Index i) const;

  /// Adds windows behind these, for example of another text. None yet become the others, their ignored label included.
  /// @throws DataError for windows of another length.
  void append(const TokenWindows& more);

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
void require_windows(const TokenWindows& windows);

namespace detail {

void check(const WindowOptions& options);

}  // namespace detail

/// Cuts tokens into consecutive windows; what is left at the end is dropped.
/// @param vocabulary_size of the model: the rows of its embedding.
/// @param where names the tokens in errors, e.g. by the file they come from.
/// @throws DataError for a token outside the vocabulary, or where there is not even one window; OptionError.
[[nodiscard]] TokenWindows cut_windows(std::span<const TokenId> tokens, Index vocabulary_size,
                                       const WindowOptions& options = {}, const std::string& where = "tokens");

/// The label that the released MultiPruner ignores: the end-of-text token, but none where that has id 0.
///
/// Id 0 is taken for "not set" there, which is the case of GPT-NeoX's tokenizer. Published results depend on
/// it.
[[nodiscard]] constexpr std::optional<TokenId> reference_ignored_label(std::optional<TokenId> eos_token_id) {
  return eos_token_id == TokenId{0} ? std::nullopt : eos_token_id;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/token_windows.ipp>
#endif
