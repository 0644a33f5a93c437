// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE TokenWindows::TokenWindows(Index length, std::vector<TokenId> tokens,
                                              std::optional<TokenId> ignored_label)
    : tokens_(std::move(tokens)), ignored_label_(ignored_label) {
  const auto size = static_cast<Index>(tokens_.size());
  if (length < 2 || size % length != 0) {
    throw DataError("windows of tokens",
                    std::to_string(size) + " tokens are not a whole number of windows of " + std::to_string(length),
                    "Cut tokens into windows of 2 or more with cut_windows");
  }
  for (Index end = length; end <= size; end += length) ends_.push_back(end);
}

MULTIPRUNER_INLINE TokenWindows::TokenWindows(std::vector<TokenId> tokens, std::vector<Index> offsets,
                                              std::vector<bool> label_mask)
    : tokens_(std::move(tokens)), label_mask_(std::move(label_mask)) {
  const auto require = [](bool fulfilled, const char* what, const char* instead) {
    if (!fulfilled) throw DataError("windows of tokens", what, instead);
  };
  const bool whole = !offsets.empty() && offsets.front() == 0 && offsets.back() == static_cast<Index>(tokens_.size());
  require(whole, "their offsets do not go from 0 to the number of tokens",
          "Say where each window begins, and where the last one ends");
  const auto too_short = [](Index begin, Index end) { return end - begin < 2; };
  require(std::ranges::adjacent_find(offsets, too_short) == offsets.end(), "one is too short to predict anything",
          "Give windows of 2 tokens or more");
  require(label_mask_.empty() || label_mask_.size() == tokens_.size(), "the mask of labels has another size",
          "Say for every token whether it counts, or for none");
  ends_.assign(offsets.begin() + 1, offsets.end());
}

MULTIPRUNER_INLINE Index TokenWindows::offset(Index window) const {
  if (window < 0 || window > count()) refuse(window);
  return window == 0 ? 0 : ends_[static_cast<std::size_t>(window - 1)];
}

MULTIPRUNER_INLINE std::span<const TokenId> TokenWindows::window(Index i) const {
  if (i >= count()) refuse(i);
  const Index begin = offset(i);
  return std::span(tokens_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(offset(i + 1) - begin));
}

MULTIPRUNER_INLINE Index TokenWindows::longest() const {
  Index longest = 0;
  for (Index i = 0; i < count(); ++i) longest = std::max(longest, offset(i + 1) - offset(i));
  return longest;
}

MULTIPRUNER_INLINE bool TokenWindows::same_length() const {
  return longest() * count() == static_cast<Index>(tokens_.size());
}

MULTIPRUNER_INLINE bool TokenWindows::is_label(Index token) const {
  if (token < 0 || token >= static_cast<Index>(tokens_.size())) {
    throw OptionError("windows of tokens",
                      "there is no token " + std::to_string(token) + " of " + std::to_string(tokens_.size()),
                      "Ask for one that is there");
  }
  const auto i = static_cast<std::size_t>(token);
  return tokens_[i] != ignored_label_ && (label_mask_.empty() || label_mask_[i]);
}

MULTIPRUNER_INLINE double TokenWindows::weight(Index window) const {
  if (window < 0 || window >= count()) refuse(window);
  return weights_.empty() ? 1.0 : weights_[static_cast<std::size_t>(window)];
}

MULTIPRUNER_INLINE double TokenWindows::mean_weight() const {
  if (weights_.empty()) return 1.0;
  return std::accumulate(weights_.begin(), weights_.end(), 0.0) / static_cast<double>(weights_.size());
}

MULTIPRUNER_INLINE TokenWindows TokenWindows::weighted(double weight) const {
  if (!(weight > 0) || !std::isfinite(weight)) {
    throw OptionError("weight of windows", "it is " + std::to_string(weight), "Give one above 0");
  }
  TokenWindows weighted = *this;
  weighted.weights_.resize(ends_.size(), 1.0);
  for (double& each : weighted.weights_) each *= weight;
  return weighted;
}

MULTIPRUNER_INLINE TokenWindows TokenWindows::select(std::span<const Index> windows) const {
  TokenWindows selected;
  selected.ignored_label_ = ignored_label_;
  for (const Index i : windows) {
    const std::span<const TokenId> tokens = window(i);
    selected.tokens_.insert(selected.tokens_.end(), tokens.begin(), tokens.end());
    selected.ends_.push_back(static_cast<Index>(selected.tokens_.size()));
    if (!weights_.empty()) selected.weights_.push_back(weight(i));
    if (label_mask_.empty()) continue;
    const auto first = label_mask_.begin() + offset(i);
    selected.label_mask_.insert(selected.label_mask_.end(), first, first + static_cast<std::ptrdiff_t>(tokens.size()));
  }
  return selected;
}

MULTIPRUNER_INLINE void TokenWindows::append(const TokenWindows& more) {
  if (count() == 0) {
    *this = more;
    return;
  }
  if (this == &more) return append(TokenWindows(more));
  const bool same_labels = ignored_label_ == more.ignored_label_ || !more.ignored_label_;
  if (!label_mask_.empty() || !more.label_mask_.empty() || !same_labels) {
    label_mask_.resize(tokens_.size(), true);
    for (Index i = 0; i < static_cast<Index>(more.tokens_.size()); ++i) label_mask_.push_back(more.is_label(i));
  }
  if (!weights_.empty() || !more.weights_.empty()) {
    weights_.resize(ends_.size(), 1.0);
    for (Index i = 0; i < more.count(); ++i) weights_.push_back(more.weight(i));
  }
  const auto end = static_cast<Index>(tokens_.size());
  for (const Index more_end : more.ends_) ends_.push_back(end + more_end);
  tokens_.insert(tokens_.end(), more.tokens_.begin(), more.tokens_.end());
}

MULTIPRUNER_INLINE void TokenWindows::refuse(Index window) const {
  throw OptionError("windows of tokens",
                    "there is no window " + std::to_string(window) + " of " + std::to_string(count()),
                    "Ask for one that is there");
}

MULTIPRUNER_INLINE void require_windows(const TokenWindows& windows) {
  if (windows.count() > 0) return;
  throw DataError("windows of tokens", "there are none", "Cut tokens into windows of 2 or more with cut_windows");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

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

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

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

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
