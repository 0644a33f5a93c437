#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/byte_alphabet.hpp>

namespace multipruner::detail {

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
      bool operator<(const Candidate& other) const {
        return std::pair(rank, position) > std::pair(other.rank, other.position);
      }
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
  };

  /// @throws DataError where merges or the unknown token are not in the vocabulary.
  BpeModel(Vocabulary vocabulary, const Merges& merges, const Options& options, const std::string& where)
      : vocabulary_(std::move(vocabulary)),
        alphabet_(options.alphabet),
        ignore_merges_(options.ignore_merges),
        byte_fallback_(options.byte_fallback),
        fuse_unknown_(options.fuse_unknown) {
    for (std::size_t byte = 0; byte < byte_ids_.size(); ++byte) {
      const char c = static_cast<char>(byte);
      byte_ids_[byte] = id_of(byte_alphabet.spell({&c, 1}));
      if (byte_fallback_) fallback_ids_[byte] = id_of(fallback_token(byte));
    }
    const auto require = [&](const std::string& token, const char* role) {
      if (const auto id = find(token)) return *id;
      throw DataError(where, std::string(role) + " \"" + token + "\" is not in the vocabulary",
                      "Restore the file from its source");
    };
    if (options.unknown_token) unknown_id_ = require(*options.unknown_token, "the unknown token");
    merges_.reserve(merges.size());
    std::int32_t rank = 0;
    for (const auto& [left, right] : merges) {
      const Merge merge{rank++, require(left + right, "the result of a merge,")};
      merges_.insert_or_assign(
          pair_key(require(left, "the left side of a merge,"), require(right, "the right side of a merge,")), merge);
    }
  }

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }

  /// The id of a token in the spelling of the vocabulary.
  [[nodiscard]] std::optional<TokenId> find(std::string_view token) const {
    const auto entry = vocabulary_.find(token);
    return entry == vocabulary_.end() ? std::nullopt : std::optional(entry->second);
  }

  /// The alphabet of its words.
  [[nodiscard]] Alphabet alphabet() const { return alphabet_; }

  /// Appends the tokens of one pre-tokenised word of valid UTF-8, which is not respelled in the byte alphabet. Takes
  /// O(n log n) for a word of n bytes.
  void encode(std::string_view word, Workspace& workspace, std::vector<TokenId>& tokens) const {
    if (ignore_merges_) {
      const auto whole = alphabet_ == Alphabet::bytes ? find(byte_alphabet.spell(word)) : find(word);
      if (whole) return tokens.push_back(*whole);
    }
    fill_symbols(word, workspace.symbols);
    merge_symbols(workspace);
    for (const auto& symbol : workspace.symbols) {
      if (!symbol.merged_away) tokens.push_back(symbol.id);
    }
  }

 private:
  struct Merge {
    std::int32_t rank;
    TokenId id;
  };
  static constexpr TokenId absent = -1;

  static std::uint64_t pair_key(TokenId left, TokenId right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U | static_cast<std::uint32_t>(right);
  }

  // The token of a byte where its character is unknown.
  static std::string fallback_token(std::size_t byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    return std::string("<0x") + digits[byte / 16] + digits[byte % 16] + '>';
  }

  [[nodiscard]] TokenId id_of(std::string_view token) const { return find(token).value_or(absent); }

  // The ids of a word's characters, to be merged.
  class SymbolRow {
   public:
    explicit SymbolRow(const BpeModel& model, std::vector<Workspace::Symbol>& symbols)
        : model_(model), symbols_(symbols) {
      symbols_.clear();
    }

    /// Adds a character of the vocabulary.
    void add(TokenId id) {
      add_pending_unknown();
      push(id);
    }

    /// Adds a character that the vocabulary lacks. As in the tokenizers library, an unknown token waits for its
    /// successor, so that the tokens of bytes come in front of it.
    void add_unknown(std::string_view character) {
      if (model_.byte_fallback_ && add_bytes(character)) return;
      if (model_.unknown_id_ == absent) return;
      if (!model_.fuse_unknown_) add_pending_unknown();
      pending_unknown_ = true;
    }

    void finish() {
      add_pending_unknown();
      if (!symbols_.empty()) symbols_.back().next = -1;
    }

   private:
    void push(TokenId id) {
      const auto position = std::ssize(symbols_);
      symbols_.push_back({id, position - 1, position + 1, false});
    }

    void add_pending_unknown() {
      if (std::exchange(pending_unknown_, false)) push(model_.unknown_id_);
    }

    // False, with nothing added, where one of the bytes has no token.
    bool add_bytes(std::string_view character) {
      const auto id_of_byte = [&](char byte) { return model_.fallback_ids_[static_cast<unsigned char>(byte)]; };
      for (const char byte : character) {
        if (id_of_byte(byte) == absent) return false;
      }
      for (const char byte : character) push(id_of_byte(byte));
      return true;
    }

    const BpeModel& model_;
    std::vector<Workspace::Symbol>& symbols_;
    bool pending_unknown_ = false;
  };

  void fill_symbols(std::string_view word, std::vector<Workspace::Symbol>& symbols) const {
    SymbolRow row(*this, symbols);
    while (!word.empty()) {
      const bool bytes = alphabet_ == Alphabet::bytes;
      const auto character = word.substr(0, bytes ? 1 : std::max<std::size_t>(1, utf8_sequence_size(word)));
      word.remove_prefix(character.size());
      const TokenId id = bytes ? byte_ids_[static_cast<unsigned char>(character.front())] : id_of(character);
      if (id != absent) {
        row.add(id);
      } else {
        row.add_unknown(bytes ? byte_alphabet.spell(character) : std::string(character));
      }
    }
    row.finish();
  }

  void merge_symbols(Workspace& workspace) const {
    auto& [symbols, heap] = workspace;
    const auto at = [&symbols = symbols](Index i) -> Workspace::Symbol& {
      return symbols[static_cast<std::size_t>(i)];
    };
    heap.clear();
    for (Index i = 0; i + 1 < std::ssize(symbols); ++i) {
      if (const Merge* merge = find_merge(at(i).id, at(i + 1).id)) heap.push_back({merge->rank, i, merge->id});
    }
    std::make_heap(heap.begin(), heap.end());
    const auto propose = [&, &heap = heap](Index left, Index right) {
      if (left < 0 || right < 0) return;
      if (const Merge* merge = find_merge(at(left).id, at(right).id)) {
        heap.push_back({merge->rank, left, merge->id});
        std::push_heap(heap.begin(), heap.end());
      }
    };
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end());
      const auto candidate = heap.back();
      heap.pop_back();
      auto& left = at(candidate.position);
      if (left.merged_away || left.next < 0) continue;
      auto& right = at(left.next);
      // Neighbours may have changed since. Like the tokenizers library, go by the result and not by the rank:
      // two merges can have the same result.
      const Merge* merge = find_merge(left.id, right.id);
      if (merge == nullptr || merge->id != candidate.merged) continue;
      left.id = candidate.merged;
      left.next = right.next;
      right.merged_away = true;
      if (left.next >= 0) at(left.next).previous = candidate.position;
      propose(left.previous, candidate.position);
      propose(candidate.position, left.next);
    }
  }

  [[nodiscard]] const Merge* find_merge(TokenId left, TokenId right) const {
    const auto entry = merges_.find(pair_key(left, right));
    return entry == merges_.end() ? nullptr : &entry->second;
  }

  Vocabulary vocabulary_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::array<TokenId, 256> byte_ids_{};      // of the characters that spell bytes
  std::array<TokenId, 256> fallback_ids_{};  // of "<0x00>" to "<0xFF>"
  TokenId unknown_id_ = absent;
  Alphabet alphabet_;
  bool ignore_merges_, byte_fallback_, fuse_unknown_;
};

}  // namespace multipruner::detail
