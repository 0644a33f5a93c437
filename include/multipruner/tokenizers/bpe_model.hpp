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
#include <multipruner/tokenizers/byte_alphabet.hpp>

namespace multipruner::detail {

/// Lets a map with string keys be asked with string views.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

template <class Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

/// A vocabulary: tokens in the spelling of the byte alphabet, and their ids.
using Vocabulary = StringMap<TokenId>;

/// The merges of a vocabulary, the most urgent first.
using Merges = std::vector<std::pair<std::string, std::string>>;

/// Byte-level byte-pair encoding (Sennrich et al. 2016; the model "BPE" of the tokenizers library).
class BpeModel {
 public:
  struct Options {
    bool ignore_merges = false;  ///< a word that is in the vocabulary is one token, whatever the merges say
    bool fuse_unknown = false;   ///< a run of unknown bytes becomes one unknown token
    std::optional<std::string> unknown_token;  ///< stands for bytes outside the vocabulary; without it they vanish
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
      : vocabulary_(std::move(vocabulary)), ignore_merges_(options.ignore_merges), fuse_unknown_(options.fuse_unknown) {
    for (std::size_t byte = 0; byte < byte_ids_.size(); ++byte) {
      const char c = static_cast<char>(byte);
      byte_ids_[byte] = find(byte_alphabet.spell({&c, 1})).value_or(absent);
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

  /// Appends the tokens of one pre-tokenised word, given as plain bytes. Takes O(n log n) for a word of n
  /// bytes.
  void encode(std::string_view word, Workspace& workspace, std::vector<TokenId>& tokens) const {
    if (ignore_merges_) {
      if (const auto whole = find(byte_alphabet.spell(word))) return tokens.push_back(*whole);
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

  void fill_symbols(std::string_view word, std::vector<Workspace::Symbol>& symbols) const {
    symbols.clear();
    bool after_unknown = false;
    for (const char c : word) {
      TokenId id = byte_ids_[static_cast<unsigned char>(c)];
      const bool unknown = id == absent;
      if (unknown) {
        if (unknown_id_ == absent || (fuse_unknown_ && after_unknown)) continue;
        id = unknown_id_;
      }
      after_unknown = unknown;
      const auto position = std::ssize(symbols);
      symbols.push_back({id, position - 1, position + 1, false});
    }
    if (!symbols.empty()) symbols.back().next = -1;
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
  std::array<TokenId, 256> byte_ids_{};
  TokenId unknown_id_ = absent;
  bool ignore_merges_, fuse_unknown_;
};

}  // namespace multipruner::detail
