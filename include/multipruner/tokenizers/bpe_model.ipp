// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/error.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/bpe_model.hpp>
#include <multipruner/tokenizers/byte_alphabet.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE bool BpeModel::Workspace::Candidate::operator<(const Candidate& other) const {
  return std::pair(rank, position) > std::pair(other.rank, other.position);
}

MULTIPRUNER_INLINE BpeModel::BpeModel(Vocabulary vocabulary, const Merges& merges, const Options& options,
                                      const std::string& where)
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

MULTIPRUNER_INLINE std::optional<TokenId> BpeModel::find(std::string_view token) const {
  const auto entry = vocabulary_.find(token);
  return entry == vocabulary_.end() ? std::nullopt : std::optional(entry->second);
}

MULTIPRUNER_INLINE void BpeModel::encode(std::string_view word, Workspace& workspace,
                                         std::vector<TokenId>& tokens) const {
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

MULTIPRUNER_INLINE std::uint64_t BpeModel::pair_key(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U | static_cast<std::uint32_t>(right);
}

MULTIPRUNER_INLINE std::string BpeModel::fallback_token(std::size_t byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return std::string("<0x") + digits[byte / 16] + digits[byte % 16] + '>';
}

MULTIPRUNER_INLINE BpeModel::SymbolRow::SymbolRow(const BpeModel& model, std::vector<Workspace::Symbol>& symbols)
    : model_(model), symbols_(symbols) {
  symbols_.clear();
}

MULTIPRUNER_INLINE void BpeModel::SymbolRow::add(TokenId id) {
  add_pending_unknown();
  push(id);
}

MULTIPRUNER_INLINE void BpeModel::SymbolRow::add_unknown(std::string_view character) {
  if (model_.byte_fallback_ && add_bytes(character)) return;
  if (model_.unknown_id_ == absent) return;
  if (!model_.fuse_unknown_) add_pending_unknown();
  pending_unknown_ = true;
}

MULTIPRUNER_INLINE void BpeModel::SymbolRow::finish() {
  add_pending_unknown();
  if (!symbols_.empty()) symbols_.back().next = -1;
}

MULTIPRUNER_INLINE void BpeModel::SymbolRow::push(TokenId id) {
  const auto position = std::ssize(symbols_);
  symbols_.push_back({id, position - 1, position + 1, false});
}

MULTIPRUNER_INLINE void BpeModel::SymbolRow::add_pending_unknown() {
  if (std::exchange(pending_unknown_, false)) push(model_.unknown_id_);
}

MULTIPRUNER_INLINE bool BpeModel::SymbolRow::add_bytes(std::string_view character) {
  const auto id_of_byte = [&](char byte) { return model_.fallback_ids_[static_cast<unsigned char>(byte)]; };
  for (const char byte : character) {
    if (id_of_byte(byte) == absent) return false;
  }
  for (const char byte : character) push(id_of_byte(byte));
  return true;
}

MULTIPRUNER_INLINE void BpeModel::fill_symbols(std::string_view word, std::vector<Workspace::Symbol>& symbols) const {
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

MULTIPRUNER_INLINE void BpeModel::merge_symbols(Workspace& workspace) const {
  auto& [symbols, heap] = workspace;
  const auto at = [&symbols = symbols](Index i) -> Workspace::Symbol& { return symbols[static_cast<std::size_t>(i)]; };
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

MULTIPRUNER_INLINE const BpeModel::Merge* BpeModel::find_merge(TokenId left, TokenId right) const {
  const auto entry = merges_.find(pair_key(left, right));
  return entry == merges_.end() ? nullptr : &entry->second;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
