// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/io/with_bos.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Does what another tokenizer does, but for BOS.
class BosTokenizer final : public Tokenizer {
 public:
  BosTokenizer(std::unique_ptr<Tokenizer> tokenizer, bool add_bos)
      : tokenizer_(std::move(tokenizer)), add_bos_(add_bos), had_bos_(begins_with_bos(tokenizer_->encode(""))) {}

  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool add_special_tokens) const override {
    std::vector<TokenId> tokens = tokenizer_->encode(text, add_special_tokens);
    if (!add_special_tokens || add_bos_ == had_bos_) return tokens;
    if (add_bos_) {
      tokens.insert(tokens.begin(), *tokenizer_->bos_token_id());
    } else {
      tokens.erase(tokens.begin());
    }
    return tokens;
  }

  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special_tokens) const override {
    return tokenizer_->decode(ids, skip_special_tokens);
  }
  [[nodiscard]] Index vocabulary_size() const override { return tokenizer_->vocabulary_size(); }
  [[nodiscard]] std::optional<TokenId> token_to_id(std::string_view token) const override {
    return tokenizer_->token_to_id(token);
  }
  [[nodiscard]] std::optional<std::string> id_to_token(TokenId id) const override {
    return tokenizer_->id_to_token(id);
  }
  [[nodiscard]] std::optional<TokenId> bos_token_id() const override { return tokenizer_->bos_token_id(); }
  [[nodiscard]] std::optional<TokenId> eos_token_id() const override { return tokenizer_->eos_token_id(); }

 private:
  [[nodiscard]] bool begins_with_bos(const std::vector<TokenId>& tokens) const {
    return !tokens.empty() && tokens.front() == tokenizer_->bos_token_id();
  }

  std::unique_ptr<Tokenizer> tokenizer_;
  bool add_bos_, had_bos_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::unique_ptr<Tokenizer> with_bos(std::unique_ptr<Tokenizer> tokenizer, bool add_bos) {
  if (add_bos && !tokenizer->bos_token_id()) {
    throw OptionError("--add-bos", "the tokenizer of the model has no BOS token", "Omit it");
  }
  return std::make_unique<detail::BosTokenizer>(std::move(tokenizer), add_bos);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
