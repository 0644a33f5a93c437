// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Lets a map with string keys be asked with string views.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

template <class Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

/// A vocabulary: tokens as tokenizer.json spells them (byte-level ones in the byte alphabet), and their ids.
using Vocabulary = StringMap<TokenId>;

/// The merges of a vocabulary, the most urgent first.
using Merges = std::vector<std::pair<std::string, std::string>>;

/// Byte-pair encoding (Sennrich et al. 2016; the model "BPE" of the tokenizers library).
class BpeModel {
 public:
  /// What words are made of before anything is merged.
  enum class Alphabet { bytes, characters };

  struct Options {
    Alphabet alphabet = Alphabet::bytes;
    bool ignore_merges = false;  ///< a word that is in the vocabulary is one token, whatever the merges say
    bool byte_fallback = false;  ///< an unknown character becomes the tokens of its bytes, "<0x00>" to "<0xFF>"
    bool fuse_unknown = false;   ///< a run of what is unknown becomes one unknown token
    std::optional<std::string> unknown_token;  ///< stands for what is unknown; without it that vanishes
  };

  /// Memory that the encoding of one word hands on to the next.
  struct Workspace {
    struct Symbol {
      TokenId id;
      Index previous, next;  // -1: none
      bool merged_away;
    };
    struct Candidate {
      std::int32_t rank;
      Index position;  // of the left symbol
      TokenId merged;
      // Heaps of the standard library have the largest element on top; the lowest rank, leftmost, is wanted
      // there.
      bool operator<(const Candidate& other) const;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
  };

  /// @throws DataError where merges or the unknown token are not in the vocabulary.
  BpeModel(Vocabulary vocabulary, const Merges& merges, const Options& options, const std::string& where);

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }

  /// The id of a token in the spelling of the vocabulary.
  [[nodiscard]] std::optional<TokenId> find(std::string_view token) const;

  /// The alphabet of its words.
  [[nodiscard]] Alphabet alphabet() const { return alphabet_; }

  /// Appends the tokens of one pre-tokenised word of valid UTF-8, which is not respelled in the byte alphabet. Takes
  /// O(n log n) for a word of n bytes.
  void encode(std::string_view word, Workspace& workspace, std::vector<TokenId>& tokens) const;

 private:
  struct Merge {
    std::int32_t rank;
    TokenId id;
  };
  static constexpr TokenId absent = -1;

  static std::uint64_t pair_key(TokenId left, TokenId right);

  // The token of a byte where its character is unknown.
  static std::string fallback_token(std::size_t byte);

  [[nodiscard]] TokenId id_of(std::string_view token) const { return find(token).value_or(absent); }

  // The ids of a word's characters, to be merged.
  class SymbolRow {
   public:
    explicit SymbolRow(const BpeModel& model, std::vector<Workspace::Symbol>& symbols);

    /// Adds a character of the vocabulary.
    void add(TokenId id);

    /// Adds a character that the vocabulary lacks. As in the tokenizers library, an unknown token waits for its
    /// successor, so that the tokens of bytes come in front of it.
    void add_unknown(std::string_view character);

    void finish();

   private:
    void push(TokenId id);

    void add_pending_unknown();

    // False, with nothing added, where one of the bytes has no token.
    bool add_bytes(std::string_view character);

    const BpeModel& model_;
    std::vector<Workspace::Symbol>& symbols_;
    bool pending_unknown_ = false;
  };

  void fill_symbols(std::string_view word, std::vector<Workspace::Symbol>& symbols) const;

  void merge_symbols(Workspace& workspace) const;

  [[nodiscard]] const Merge* find_merge(TokenId left, TokenId right) const;

  Vocabulary vocabulary_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::array<TokenId, 256> byte_ids_{};      // of the characters that spell bytes
  std::array<TokenId, 256> fallback_ids_{};  // of "<0x00>" to "<0xFF>"
  TokenId unknown_id_ = absent;
  Alphabet alphabet_;
  bool ignore_merges_, byte_fallback_, fuse_unknown_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/bpe_model.ipp>
#endif
