// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/sentence_piece_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE bool CharsmapCheck::passes() {
  std::uint32_t size = 0;
  if (charsmap_.size() < sizeof size) return false;
  std::memcpy(&size, charsmap_.data(), sizeof size);
  charsmap_.remove_prefix(sizeof size);
  if (size > charsmap_.size() || size % sizeof(std::uint32_t) != 0) return false;
  units_.resize(size / sizeof(std::uint32_t));
  if (size > 0) std::memcpy(units_.data(), charsmap_.data(), size);
  texts_ = charsmap_.substr(size);
  if (units_.empty() || texts_.empty() || texts_.back() != '\0') return false;
  rules_below_.assign(units_.size(), unknown);
  const int rules = most_rules_below(offset(units_[0]), 0);
  return rules != damaged && rules <= most_rules_at_one_place;
}

MULTIPRUNER_INLINE int CharsmapCheck::most_rules_below(std::uint32_t base, int depth) {
  if ((base | 0xFFU) >= units_.size() || depth > longest_rule) return damaged;
  if (rules_below_[base] != unknown) return rules_below_[base];
  rules_below_[base] = damaged;  // for a way that comes back here
  int most = 0;
  for (std::uint32_t byte = 0; byte <= 0xFF; ++byte) {
    const std::uint32_t position = base ^ byte, unit = units_[position];
    if (!is_child(unit, byte)) continue;
    const std::uint32_t next = position ^ offset(unit);
    const int rules = most_rules_below(next, depth + 1);
    if (rules == damaged || (ends_rule(unit) && (units_[next] & ~(1U << 31U)) >= texts_.size())) return damaged;
    most = std::max(most, rules + (ends_rule(unit) ? 1 : 0));
  }
  return rules_below_[base] = most;
}

MULTIPRUNER_INLINE std::string SentencePieceFileCheck::problem() {
  const bool readable = for_each_field(file_, [&](const ProtobufField& field) {
    if (field.is_bytes(pieces)) return take_piece(field.bytes);
    return !(field.is_bytes(normalizer_spec) || field.is_bytes(denormalizer_spec)) || has_good_charsmaps(field.bytes);
  });
  if (!readable) return "parts of it cannot be read, or lead outside of it";
  if (has_invalid_piece_) return "a piece of it is not UTF-8";
  if (longest_chain() > longest_chain_of_symbols) return "too many of its user-defined symbols begin with one another";
  return {};
}

MULTIPRUNER_INLINE bool SentencePieceFileCheck::take_piece(std::string_view piece) {
  std::string_view text;
  bool user_defined = false;
  const bool readable = for_each_field(piece, [&](const ProtobufField& field) {
    if (field.is_bytes(piece_text)) text = field.bytes;
    if (field.is_number(piece_type)) user_defined |= static_cast<std::uint32_t>(field.value) == type_user_defined;
    return true;
  });
  if (user_defined) symbols_.push_back(text);
  if (find_invalid_utf8(text)) has_invalid_piece_ = true;
  return readable;
}

MULTIPRUNER_INLINE bool SentencePieceFileCheck::has_good_charsmaps(std::string_view spec) {
  return for_each_field(spec, [](const ProtobufField& field) {
    return !field.is_bytes(precompiled_charsmap) || field.bytes.empty() || CharsmapCheck(field.bytes).passes();
  });
}

MULTIPRUNER_INLINE std::size_t SentencePieceFileCheck::longest_chain() {
  std::ranges::sort(symbols_);
  std::size_t longest = 0;
  std::vector<std::string_view> chain;
  for (const std::string_view symbol : symbols_) {
    while (!chain.empty() && !symbol.starts_with(chain.back())) chain.pop_back();
    chain.push_back(symbol);
    longest = std::max(longest, chain.size());
  }
  return longest;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
