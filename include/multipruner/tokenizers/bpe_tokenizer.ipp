// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/error.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/bpe_tokenizer.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How an added token stands in the text where it is looked for.
[[nodiscard]] inline std::string searched_form(const BpeParts& parts, const AddedToken& token) {
  return token.normalized ? parts.normalizer.apply(token.content).text : token.content;
}

/// Either those added tokens that are looked for in the normalised text or the others.
[[nodiscard]] inline AddedTokenFinder finder_of(const BpeParts& parts, bool normalized) {
  std::vector<AddedToken> tokens;
  for (auto token : parts.added_tokens) {
    if (token.normalized != normalized) continue;
    token.content = searched_form(parts, token);
    tokens.push_back(std::move(token));
  }
  return AddedTokenFinder(std::move(tokens));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

MULTIPRUNER_INLINE BpeTokenizer::BpeTokenizer(detail::BpeParts parts)
    : parts_(std::move(parts)),
      raw_finder_(detail::finder_of(parts_, false)),
      normalized_finder_(detail::finder_of(parts_, true)) {
  for (const auto& [token, id] : parts_.model.vocabulary()) entry(id) = {token, token, false};
  for (const auto& added : parts_.added_tokens) {
    entry(added.id) = {added.content, detail::searched_form(parts_, added), false};
    added_ids_.insert_or_assign(added.content, added.id);
  }
  for (const auto& added : parts_.added_tokens) {
    // The tokenizers library goes by what the decoder sees: a special token that is looked for in the normalised
    // text, and has another form there, is not left out.
    if (added.special && entry(added.id).decoded == added.content) entry(added.id).special = true;
  }
}

MULTIPRUNER_INLINE std::vector<TokenId> BpeTokenizer::encode(std::string_view text, bool add_special_tokens) const {
  std::string repaired;
  if (find_invalid_utf8(text)) text = repaired = detail::replace_invalid_utf8(text);
  Run run;
  if (add_special_tokens) run.tokens = parts_.prefix;
  for (const auto& segment : raw_finder_.split(text)) {
    if (segment.token) {
      run.tokens.push_back(*segment.token);
    } else {
      encode_between(segment.text, segment.text.data() == text.data(), run);
    }
  }
  if (add_special_tokens) run.tokens.insert(run.tokens.end(), parts_.suffix.begin(), parts_.suffix.end());
  return std::move(run.tokens);
}

MULTIPRUNER_INLINE std::string BpeTokenizer::decode(std::span<const TokenId> ids, bool skip_special_tokens) const {
  detail::Decoder::Pieces pieces;
  for (const TokenId id : ids) {
    if (id < 0) {
      throw DataError("token id " + std::to_string(id), "is negative and names no token",
                      "Decode token ids, without padding or ignored labels");
    }
    if (id >= vocabulary_size()) continue;
    const auto& known = entries_[static_cast<std::size_t>(id)];
    if (!known.token.empty() && !(skip_special_tokens && known.special)) pieces.push_back(known.decoded);
  }
  const std::string text = parts_.decoder.decode(std::move(pieces));
  return find_invalid_utf8(text) ? detail::replace_invalid_utf8(text) : text;
}

MULTIPRUNER_INLINE std::optional<TokenId> BpeTokenizer::token_to_id(std::string_view token) const {
  const auto added = added_ids_.find(token);
  return added != added_ids_.end() ? std::optional(added->second) : parts_.model.find(token);
}

MULTIPRUNER_INLINE std::optional<std::string> BpeTokenizer::id_to_token(TokenId id) const {
  if (id < 0 || id >= vocabulary_size()) return std::nullopt;
  const auto& token = entries_[static_cast<std::size_t>(id)].token;
  return token.empty() ? std::nullopt : std::optional(token);
}

MULTIPRUNER_INLINE BpeTokenizer::Entry& BpeTokenizer::entry(TokenId id) {
  const auto index = static_cast<std::size_t>(id);
  if (index >= entries_.size()) entries_.resize(index + 1);
  return entries_[index];
}

MULTIPRUNER_INLINE void BpeTokenizer::encode_between(std::string_view text, bool starts, Run& run) const {
  if (!parts_.normalizer.empty()) {
    auto normalized = parts_.normalizer.apply(text);
    starts = starts && normalized.same_start;
    text = run.storage.emplace_back(std::move(normalized.text));
  }
  for (const auto& segment : normalized_finder_.split(text)) {
    if (segment.token) {
      run.tokens.push_back(*segment.token);
    } else {
      const bool first = starts && segment.text.data() == text.data();
      for (const auto word : parts_.pre_tokenizer.split(segment.text, first, run.storage)) encode_word(word, run);
    }
  }
}

MULTIPRUNER_INLINE void BpeTokenizer::encode_word(std::string_view word, Run& run) const {
  if (word.size() > longest_remembered) return parts_.model.encode(word, run.workspace, run.tokens);
  auto known = run.words.find(word);
  if (known == run.words.end()) {
    known = run.words.emplace(word, std::vector<TokenId>()).first;
    parts_.model.encode(word, run.workspace, known->second);
  }
  run.tokens.insert(run.tokens.end(), known->second.begin(), known->second.end());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers
