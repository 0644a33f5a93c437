// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Windows of tokens, what a model is evaluated and calibrated on: running text cut into pieces of one length, or
/// sequences of different lengths, such as the questions of a task, of which only some tokens count.
class TokenWindows {
 public:
  TokenWindows() = default;

  /// Windows of one length, one after the other. They may be none.
  /// @param ignored_label  labels (next tokens) equal to this do not count in a loss
  /// @throws DataError for a length below 2, or where tokens are left over.
  TokenWindows(Index length, std::vector<TokenId> tokens, std::optional<TokenId> ignored_label = std::nullopt);

  /// Windows of any lengths.
  /// @param offsets  where each window begins in `tokens`, and where the last one ends
  /// @param label_mask  for every token whether it counts as a label; empty: all do. The first one of a window is never
  /// predicted.
  /// @throws DataError unless offsets go from 0 to the number of tokens in steps of 2 or more, or where the mask has
  /// another size than `tokens`.
  TokenWindows(std::vector<TokenId> tokens, std::vector<Index> offsets, std::vector<bool> label_mask = {});

  [[nodiscard]] Index count() const { return static_cast<Index>(ends_.size()); }

  /// Of all windows, one after the other.
  [[nodiscard]] const std::vector<TokenId>& tokens() const { return tokens_; }

  /// Where a window begins in `tokens`; that of `count()` is where the last one ends.
  /// @throws OptionError for a window that is not there.
  [[nodiscard]] Index offset(Index window) const;

  /// @throws OptionError for a window that is not there.
  [[nodiscard]] std::span<const TokenId> window(Index i) const;

  /// Tokens of the longest window; 0 where there is none.
  [[nodiscard]] Index longest() const;

  /// Whether all windows have one length.
  [[nodiscard]] bool same_length() const;

  /// Labels equal to this do not count.
  [[nodiscard]] std::optional<TokenId> ignored_label() const { return ignored_label_; }

  /// For every token whether it counts as a label, unless it is the ignored one; empty: all do.
  [[nodiscard]] const std::vector<bool>& label_mask() const { return label_mask_; }

  /// Whether predicting a token of `tokens`, which is not the first one of its window, counts in a loss.
  /// @throws OptionError for a token that is not there.
  [[nodiscard]] bool is_label(Index token) const;

  /// How much a window counts beside others, where plans are compared; 1 where nobody says otherwise.
  /// @throws OptionError for a window that is not there.
  [[nodiscard]] double weight(Index window) const;

  /// Of all windows; 1 where there are none.
  [[nodiscard]] double mean_weight() const;

  /// The same windows, each of which counts so many times as much. @throws OptionError for a weight that is not above 0
  [[nodiscard]] TokenWindows weighted(double weight) const;

  /// Some of the windows, in the order given. @throws OptionError for a window that is not there.
  [[nodiscard]] TokenWindows select(std::span<const Index> windows) const;

  /// Adds windows behind these, for example of another text. None yet become the others, their ignored label included;
  /// otherwise that of these holds for all, and what else the others ignore becomes part of the mask.
  void append(const TokenWindows& more);

  friend bool operator==(const TokenWindows&, const TokenWindows&) = default;

 private:
  [[noreturn]] void refuse(Index window) const;

  std::vector<TokenId> tokens_;
  std::vector<Index> ends_;
  std::vector<bool> label_mask_;
  std::optional<TokenId> ignored_label_;
  std::vector<double> weights_{};  ///< empty: all are 1
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

/// @throws DataError if there are no windows.
void require_windows(const TokenWindows& windows);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

namespace multipruner::inline MULTIPRUNER_ABI::detail {

void check(const WindowOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

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

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/token_windows.ipp>
#endif
