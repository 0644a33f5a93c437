// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A token that is looked for in the text itself, before anything else is done with it.
struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< swallows white space in front of it
  bool rstrip = false;       ///< swallows white space behind it
  bool normalized = false;   ///< looked for in the normalised text
  bool special = false;      ///< carries no text, such as BOS
};

/// Finds added tokens in texts: the leftmost first, and the longest of those that begin at the same place.
class AddedTokenFinder {
 public:
  /// A piece of the text, and the token that it is, if it is one.
  struct Segment {
    std::string_view text;
    std::optional<TokenId> token;
  };

  explicit AddedTokenFinder(std::vector<AddedToken> tokens);

  /// Cuts a valid text at its added tokens. Which white space `lstrip` and `rstrip` swallow, and that a token
  /// refused as `single_word` still hides others that overlap it, follows the tokenizers library.
  [[nodiscard]] std::vector<Segment> split(std::string_view text) const;

 private:
  // The longest token with which the text begins.
  [[nodiscard]] const AddedToken* match(std::string_view text) const;

  static bool touches_word(std::string_view text, std::size_t begin, std::size_t end);

  std::vector<AddedToken> tokens_;  // by first byte, the longest first
  std::array<std::pair<std::size_t, std::size_t>, 256> by_first_byte_{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/added_tokens.ipp>
#endif
