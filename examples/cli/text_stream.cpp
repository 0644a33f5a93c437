#include "text_stream.hpp"

#include <algorithm>
#include <string_view>

namespace multipruner::cli {

namespace {

constexpr std::string_view replacement_character = "\xef\xbf\xbd";

}  // namespace

TextStream::TextStream(const Tokenizer& tokenizer, std::span<const TokenId> prompt)
    : tokenizer_(tokenizer), tokens_(prompt.begin(), prompt.end()) {
  given_ = tokenizer_.decode(tokens_).size();
}

std::string TextStream::add(TokenId token) {
  tokens_.push_back(token);
  std::string text = pending();
  while (text.ends_with(replacement_character)) text.resize(text.size() - replacement_character.size());
  given_ += text.size();
  return text;
}

std::string TextStream::finish() {
  std::string text = pending();
  given_ += text.size();
  return text;
}

std::string TextStream::pending() const {
  const std::string text = tokenizer_.decode(tokens_);
  return text.substr(std::min(given_, text.size()));
}

}  // namespace multipruner::cli
