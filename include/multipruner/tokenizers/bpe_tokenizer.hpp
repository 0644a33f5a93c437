// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/tokenizer.hpp>
#include <multipruner/tokenizers/added_tokens.hpp>
#include <multipruner/tokenizers/bpe_model.hpp>
#include <multipruner/tokenizers/decoder.hpp>
#include <multipruner/tokenizers/normalizer.hpp>
#include <multipruner/tokenizers/pre_tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What a BPE tokenizer is made of.
struct BpeParts {
  BpeParts(PreTokenizer words, BpeModel merges) : pre_tokenizer(std::move(words)), model(std::move(merges)) {}

  Normalizer normalizer{};
  PreTokenizer pre_tokenizer;
  BpeModel model;
  Decoder decoder{};
  std::vector<AddedToken> added_tokens;
  std::vector<TokenId> prefix, suffix;  ///< the special tokens around a text
  std::optional<TokenId> bos, eos;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

/// Byte-pair encoding, of bytes as GPT-2, GPT-NeoX, Llama 3, Qwen2 and SmolLM2 use it, or of characters as the
/// tokenizer.json of Llama 2 and Mistral does. `load_tokenizer` makes one.
///
/// Gives the ids of the tokenizers library: added tokens are cut out of the text, what is left is normalised
/// and split into words, and the bytes or characters of each word are merged by rank.
class BpeTokenizer final : public Tokenizer {
 public:
  explicit BpeTokenizer(detail::BpeParts parts);

  [[nodiscard]] MULTIPRUNER_INLINE std::vector<TokenId> encode(std::string_view text,
                                                               bool add_special_tokens = true) const override;

  [[nodiscard]] MULTIPRUNER_INLINE std::string decode(std::span<const TokenId> ids,
                                                      bool skip_special_tokens = true) const override;

  [[nodiscard]] Index vocabulary_size() const override { return std::ssize(entries_); }

  [[nodiscard]] MULTIPRUNER_INLINE std::optional<TokenId> token_to_id(std::string_view token) const override;

  [[nodiscard]] MULTIPRUNER_INLINE std::optional<std::string> id_to_token(TokenId id) const override;

  [[nodiscard]] std::optional<TokenId> bos_token_id() const override { return parts_.bos; }
  [[nodiscard]] std::optional<TokenId> eos_token_id() const override { return parts_.eos; }

 private:
  struct Entry {
    std::string token;    // in the spelling of the vocabulary; empty: the id names no token
    std::string decoded;  // what the decoder sees of it: for an added token what is looked for in texts
    bool special = false;
  };

  // What one call of `encode` works with. Words repeat, so the tokens of each are looked up after the first
  // time; the memory of it ends with the call, which keeps the tokenizer itself immutable.
  struct Run {
    std::vector<TokenId> tokens;
    std::deque<std::string> storage;
    detail::StringMap<std::vector<TokenId>> words;
    detail::BpeModel::Workspace workspace;
  };

  Entry& entry(TokenId id);

  // Encodes what lies between the added tokens of the raw text, of which it may be the start.
  void encode_between(std::string_view text, bool starts, Run& run) const;

  // A long word is hardly met twice.
  static constexpr std::size_t longest_remembered = 256;

  void encode_word(std::string_view word, Run& run) const;

  detail::BpeParts parts_;
  detail::AddedTokenFinder raw_finder_, normalized_finder_;
  std::vector<Entry> entries_;  // by id
  detail::StringMap<TokenId> added_ids_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/bpe_tokenizer.ipp>
#endif
