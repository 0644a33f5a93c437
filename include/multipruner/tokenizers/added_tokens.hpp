#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/types.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::detail {

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

  explicit AddedTokenFinder(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
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

  /// Cuts a valid text at its added tokens. Which white space `lstrip` and `rstrip` swallow, and that a token
  /// refused as `single_word` still hides others that overlap it, follows the tokenizers library.
  [[nodiscard]] std::vector<Segment> split(std::string_view text) const {
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

 private:
  // The longest token with which the text begins.
  [[nodiscard]] const AddedToken* match(std::string_view text) const {
    const auto [begin, end] = by_first_byte_[static_cast<unsigned char>(text.front())];
    for (std::size_t i = begin; i < end; ++i) {
      if (text.starts_with(tokens_[i].content)) return &tokens_[i];
    }
    return nullptr;
  }

  static bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
    return (begin > 0 && is_word_character(first_character(last_sequence(text.substr(0, begin))))) ||
           (end < text.size() && is_word_character(first_character(text.substr(end))));
  }

  std::vector<AddedToken> tokens_;  // by first byte, the longest first
  std::array<std::pair<std::size_t, std::size_t>, 256> by_first_byte_{};
};

}  // namespace multipruner::detail
