#pragma once

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/io/tokenizer.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/added_tokens.hpp>
#include <multipruner/tokenizers/bpe_model.hpp>
#include <multipruner/tokenizers/pre_tokenizer.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner {

namespace detail {

/// What a byte-level BPE tokenizer is made of.
struct ByteLevelBpeParts {
  ByteLevelBpeParts(PreTokenizer words, BpeModel merges) : pre_tokenizer(std::move(words)), model(std::move(merges)) {}

  PreTokenizer pre_tokenizer;
  BpeModel model;
  bool normalize_to_nfc = false;
  std::vector<AddedToken> added_tokens;
  std::vector<TokenId> prefix, suffix;  ///< the special tokens around a text
  std::optional<TokenId> bos, eos;
};

/// How an added token stands in the text where it is looked for.
[[nodiscard]] inline std::string searched_form(const ByteLevelBpeParts& parts, const AddedToken& token) {
  return parts.normalize_to_nfc && token.normalized ? normalize_nfc(token.content) : token.content;
}

/// Either those added tokens that are looked for in the normalised text or the others.
[[nodiscard]] inline AddedTokenFinder finder_of(const ByteLevelBpeParts& parts, bool normalized) {
  std::vector<AddedToken> tokens;
  for (auto token : parts.added_tokens) {
    if (token.normalized != normalized) continue;
    token.content = searched_form(parts, token);
    tokens.push_back(std::move(token));
  }
  return AddedTokenFinder(std::move(tokens));
}

}  // namespace detail

/// Byte-level byte-pair encoding as GPT-2, GPT-NeoX, Llama 3, Qwen2 and SmolLM2 use it. `load_tokenizer`
/// makes one.
///
/// Gives the ids of the tokenizers library: added tokens are cut out of the text, what is left is normalised
/// and split into words, and the bytes of each word are merged by rank.
class ByteLevelBpe final : public Tokenizer {
 public:
  explicit ByteLevelBpe(detail::ByteLevelBpeParts parts)
      : parts_(std::move(parts)),
        raw_finder_(detail::finder_of(parts_, false)),
        normalized_finder_(detail::finder_of(parts_, true)) {
    for (const auto& [token, id] : parts_.model.vocabulary()) entry(id) = {token, text_of(token), false};
    for (const auto& added : parts_.added_tokens) {
      entry(added.id) = {added.content, text_of(detail::searched_form(parts_, added)), added.special};
      added_ids_.insert_or_assign(added.content, added.id);
    }
  }

  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool add_special_tokens = true) const override {
    std::string repaired;
    if (find_invalid_utf8(text)) text = repaired = detail::replace_invalid_utf8(text);
    Run run;
    if (add_special_tokens) run.tokens = parts_.prefix;
    for (const auto& segment : raw_finder_.split(text)) {
      if (segment.token) {
        run.tokens.push_back(*segment.token);
      } else {
        encode_between(segment.text, run);
      }
    }
    if (add_special_tokens) run.tokens.insert(run.tokens.end(), parts_.suffix.begin(), parts_.suffix.end());
    return std::move(run.tokens);
  }

  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special_tokens = true) const override {
    std::string bytes;
    for (const TokenId id : ids) {
      if (id < 0) {
        throw DataError("token id " + std::to_string(id), "is negative and names no token",
                        "Decode token ids, without padding or ignored labels");
      }
      if (id >= vocabulary_size()) continue;
      const auto& known = entries_[static_cast<std::size_t>(id)];
      if (!skip_special_tokens || !known.special) bytes += known.text;
    }
    return find_invalid_utf8(bytes) ? detail::replace_invalid_utf8(bytes) : bytes;
  }

  [[nodiscard]] Index vocabulary_size() const override { return std::ssize(entries_); }

  [[nodiscard]] std::optional<TokenId> token_to_id(std::string_view token) const override {
    const auto added = added_ids_.find(token);
    return added != added_ids_.end() ? std::optional(added->second) : parts_.model.find(token);
  }

  [[nodiscard]] std::optional<std::string> id_to_token(TokenId id) const override {
    if (id < 0 || id >= vocabulary_size()) return std::nullopt;
    const auto& token = entries_[static_cast<std::size_t>(id)].token;
    return token.empty() ? std::nullopt : std::optional(token);
  }

  [[nodiscard]] std::optional<TokenId> bos_token_id() const override { return parts_.bos; }
  [[nodiscard]] std::optional<TokenId> eos_token_id() const override { return parts_.eos; }

 private:
  struct Entry {
    std::string token;  // in the spelling of the vocabulary; empty: the id names no token
    std::string text;   // the bytes that it stands for
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

  // A token with a character outside the byte alphabet is its own text. So are most added tokens; for one
  // such as "é", which is spelled inside the alphabet, this gives the byte and not the letter, as the
  // tokenizers library does.
  static std::string text_of(const std::string& token) { return detail::byte_alphabet.bytes(token).value_or(token); }

  Entry& entry(TokenId id) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= entries_.size()) entries_.resize(index + 1);
    return entries_[index];
  }

  // Encodes what lies between the added tokens of the raw text.
  void encode_between(std::string_view text, Run& run) const {
    if (parts_.normalize_to_nfc && !detail::is_ascii(text)) {
      text = run.storage.emplace_back(detail::normalize_nfc(text));
    }
    for (const auto& segment : normalized_finder_.split(text)) {
      if (segment.token) {
        run.tokens.push_back(*segment.token);
      } else {
        for (const auto word : parts_.pre_tokenizer.split(segment.text, run.storage)) encode_word(word, run);
      }
    }
  }

  void encode_word(std::string_view word, Run& run) const {
    auto known = run.words.find(word);
    if (known == run.words.end()) {
      known = run.words.emplace(word, std::vector<TokenId>()).first;
      parts_.model.encode(word, run.workspace, known->second);
    }
    run.tokens.insert(run.tokens.end(), known->second.begin(), known->second.end());
  }

  detail::ByteLevelBpeParts parts_;
  detail::AddedTokenFinder raw_finder_, normalized_finder_;
  std::vector<Entry> entries_;  // by id
  detail::StringMap<TokenId> added_ids_;
};

}  // namespace multipruner
