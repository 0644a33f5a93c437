// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/io/tokenizer.hpp>

namespace multipruner::fuzz {

/// A token a byte.
class ByteTokenizer final : public Tokenizer {
 public:
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool /*add_special_tokens*/ = true) const override {
    std::vector<TokenId> tokens;
    for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool /*skip_special_tokens*/ = true) const override {
    return {ids.begin(), ids.end()};
  }
  [[nodiscard]] Index vocabulary_size() const override { return 256; }
  [[nodiscard]] std::optional<TokenId> token_to_id(std::string_view /*token*/) const override { return std::nullopt; }
  [[nodiscard]] std::optional<std::string> id_to_token(TokenId /*id*/) const override { return std::nullopt; }
  [[nodiscard]] std::optional<TokenId> bos_token_id() const override { return std::nullopt; }
  [[nodiscard]] std::optional<TokenId> eos_token_id() const override { return std::nullopt; }
};

}  // namespace multipruner::fuzz
