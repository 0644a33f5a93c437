// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/regex.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Puts another text in the place of what a pattern matches (`Replace` of the tokenizers library).
class Replacement {
 public:
  /// @param content  taken as it is, without references to groups
  Replacement(Regex pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}

  /// @param same_start  whether the first character of the text comes from the first one of what it was made of; is
  /// brought up to date as the tokenizers library aligns texts: one character that is replaced leaves its place to the
  /// first of its replacement, several leave that of the last, and what is put in front of all is at the start.
  [[nodiscard]] std::string apply(std::string_view text, bool* same_start = nullptr) const;

 private:
  // The same after what ends here, at the front of the text, is replaced.
  [[nodiscard]] bool keeps_start(std::string_view text, std::size_t end, bool before) const;

  Regex pattern_;
  std::string content_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/replacement.ipp>
#endif
