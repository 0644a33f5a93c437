// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/io/tokenizer.hpp>

namespace multipruner::test {

/// Every byte is a token; "<s>" is 256, and begins texts.
class LetterTokenizer final : public Tokenizer {
 public:
  /// @param adds_bos  whether it is put in front of texts
  /// @param knows_bos  whether it is recognised in them
  explicit LetterTokenizer(bool adds_bos, bool knows_bos = true) : adds_bos_(adds_bos), knows_bos_(knows_bos) {}

  std::vector<TokenId> encode(std::string_view text, bool add_special_tokens) const override {
    std::vector<TokenId> tokens;
    if (add_special_tokens && adds_bos_) tokens.push_back(256);
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_bos = knows_bos_ && text.substr(i).starts_with("<s>");
      tokens.push_back(is_bos ? 256 : static_cast<unsigned char>(text[i]));
      if (is_bos) i += 2;
    }
    return tokens;
  }
  std::string decode(std::span<const TokenId> ids, bool /*skip_special_tokens*/) const override {
    std::string text;
    for (const TokenId id : ids) text += id == 256 ? std::string("<s>") : std::string(1, static_cast<char>(id));
    return text;
  }
  Index vocabulary_size() const override { return 257; }
  std::optional<TokenId> token_to_id(std::string_view token) const override {
    return token == "<s>" ? std::optional<TokenId>(256) : std::nullopt;
  }
  std::optional<std::string> id_to_token(TokenId id) const override {
    return id == 256 ? std::optional<std::string>("<s>") : std::nullopt;
  }
  std::optional<TokenId> bos_token_id() const override { return 256; }
  std::optional<TokenId> eos_token_id() const override { return std::nullopt; }

 private:
  bool adds_bos_, knows_bos_;
};

}  // namespace multipruner::test
