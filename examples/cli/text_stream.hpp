// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include <multipruner/io/tokenizer.hpp>

namespace multipruner::cli {

/// Turns tokens into text as they come, never cutting a character in two: what a token only begins is held
/// back until a later one completes it.
class TextStream {
 public:
  /// @param prompt tokens that are already there; their text is not given out.
  TextStream(const Tokenizer& tokenizer, std::span<const TokenId> prompt);

  /// The text that has become certain with one more token.
  std::string add(TokenId token);

  /// What was held back at the end.
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  std::vector<TokenId> tokens_;
  std::string given_;  ///< the text that was given out, with that of the prompt
};

}  // namespace multipruner::cli
