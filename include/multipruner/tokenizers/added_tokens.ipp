// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/tokenizers/added_tokens.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::erase_if(tokens_, [](const AddedToken& token) { return token.content.empty(); });
  std::sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) {
    const auto key = [](const AddedToken& token) {
      return std::pair(static_cast<unsigned char>(token.content.front()), -std::ssize(token.content));
    };
    return key(a) != key(b) ? key(a) < key(b) : a.content < b.content;
  });
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    auto& [begin, end] = by_first_byte_[static_cast<unsigned char>(tokens_[i].content.front())];
    if (begin == end) begin = i;
    end = i + 1;
  }
}

MULTIPRUNER_INLINE std::vector<AddedTokenFinder::Segment> AddedTokenFinder::split(std::string_view text) const {
  std::vector<Segment> segments;
  const auto add = [&](std::size_t begin, std::size_t end, std::optional<TokenId> token) {
    if (begin < end) segments.push_back({text.substr(begin, end - begin), token});
  };
  std::size_t covered = 0;
  for (std::size_t position = 0; position < text.size() && !tokens_.empty();) {
    const AddedToken* token = match(text.substr(position));
    if (token == nullptr) {
      ++position;
      continue;
    }
    std::size_t begin = position, end = position + token->content.size();
    position = end;
    if (token->single_word && touches_word(text, begin, end)) continue;
    if (token->lstrip) begin = std::max(skip_white_space_backward(text, begin), covered);
    if (token->rstrip) end = skip_white_space(text, end);
    add(covered, begin, std::nullopt);
    add(begin, end, token->id);
    covered = end;
  }
  add(covered, text.size(), std::nullopt);
  return segments;
}

MULTIPRUNER_INLINE const AddedToken* AddedTokenFinder::match(std::string_view text) const {
  const auto [begin, end] = by_first_byte_[static_cast<unsigned char>(text.front())];
  for (std::size_t i = begin; i < end; ++i) {
    if (text.starts_with(tokens_[i].content)) return &tokens_[i];
  }
  return nullptr;
}

MULTIPRUNER_INLINE bool AddedTokenFinder::touches_word(std::string_view text, std::size_t begin, std::size_t end) {
  return (begin > 0 && is_word_character(first_character(last_sequence(text.substr(0, begin))))) ||
         (end < text.size() && is_word_character(first_character(text.substr(end))));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
