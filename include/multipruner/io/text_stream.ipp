// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <utility>

#include <multipruner/io/text_stream.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE TextStream::TextStream(const Tokenizer& tokenizer, std::span<const TokenId> prompt)
    : tokenizer_(tokenizer), tokens_(prompt.begin(), prompt.end()), given_(tokenizer.decode(tokens_)) {}

MULTIPRUNER_INLINE std::string TextStream::add(TokenId token) {
  constexpr std::string_view replacement_character = "\xef\xbf\xbd";
  tokens_.push_back(token);
  std::string all = tokenizer_.decode(tokens_);
  while (all.ends_with(replacement_character)) all.resize(all.size() - replacement_character.size());
  // Where bytes are tokens, one that only begins a character may make those before it illegible for a while.
  if (!all.starts_with(given_)) return "";
  std::string text = all.substr(given_.size());
  given_ = std::move(all);
  return text;
}

MULTIPRUNER_INLINE std::string TextStream::finish() {
  const std::string all = tokenizer_.decode(tokens_);
  std::string text = all.starts_with(given_) ? all.substr(given_.size()) : std::string("\xef\xbf\xbd");
  given_ = all;
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
