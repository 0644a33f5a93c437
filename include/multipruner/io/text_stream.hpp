// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Turns tokens into text as they come, never cutting a character in two: what a token only begins is held
/// back until a later one completes it.
class TextStream {
 public:
  /// @param tokenizer  must outlive it
  /// @param prompt  tokens that are already there; their text is not given out.
  TextStream(const Tokenizer& tokenizer, std::span<const TokenId> prompt);

  /// The text that has become certain with one more token.
  [[nodiscard]] std::string add(TokenId token);

  /// What was held back at the end.
  [[nodiscard]] std::string finish();

 private:
  const Tokenizer& tokenizer_;
  std::vector<TokenId> tokens_;
  std::string given_;  ///< the text that was given out, with that of the prompt
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/text_stream.ipp>
#endif
