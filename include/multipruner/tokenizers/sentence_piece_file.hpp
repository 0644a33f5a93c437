#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/protobuf_fields.hpp>

namespace multipruner::detail {

/// Checks the rules by which a SentencePiece model rewrites text, a "precompiled charsmap". The sentencepiece library
/// takes it as it is and would read outside of it, so that a damaged file ended a program.
///
/// It is the size of a trie, the trie (a double array of Darts-clone: a unit holds the byte that leads to it, where its
/// children begin, and whether a rule ends there), and the texts that rules put in, each with a zero byte behind it.
class CharsmapCheck {
 public:
  /// The library has room for so many rules that apply at one place.
  static constexpr int most_rules_at_one_place = 32;

  explicit CharsmapCheck(std::string_view charsmap) : charsmap_(charsmap) {}

  [[nodiscard]] bool passes() {
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

 private:
  static constexpr int unknown = -1, damaged = -2;
  static constexpr int longest_rule = 256;  // bytes; those of the library's own rules are below 20

  static std::uint32_t offset(std::uint32_t unit) { return (unit >> 10U) << ((unit & (1U << 9U)) >> 6U); }
  static bool ends_rule(std::uint32_t unit) { return (unit >> 8U & 1U) != 0; }
  static bool is_child(std::uint32_t unit, std::uint32_t byte) { return (unit & (1U << 31U | 0xFFU)) == byte; }

  /// How many rules end on one way through the children at `base`; `damaged` where a way leads outside or in a circle.
  int most_rules_below(std::uint32_t base, int depth) {
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

  std::string_view charsmap_, texts_;
  std::vector<std::uint32_t> units_;
  std::vector<int> rules_below_;  // by where children begin
};

/// What the sentencepiece library takes on trust in a serialized ModelProto (sentencepiece_model.proto).
class SentencePieceFileCheck {
 public:
  explicit SentencePieceFileCheck(std::string_view file) : file_(file) {}

  /// What is wrong; empty where nothing is. Whether it is a model that can be used is the library's to say.
  [[nodiscard]] std::string problem() {
    const bool readable = for_each_field(file_, [&](const ProtobufField& field) {
      if (field.is_bytes(pieces)) return take_piece(field.bytes);
      return !(field.is_bytes(normalizer_spec) || field.is_bytes(denormalizer_spec)) || has_good_charsmaps(field.bytes);
    });
    if (!readable) return "parts of it cannot be read, or lead outside of it";
    if (has_invalid_piece_) return "a piece of it is not UTF-8";
    if (longest_chain() > longest_chain_of_symbols)
      return "too many of its user-defined symbols begin with one another";
    return {};
  }

 private:
  // Field numbers of sentencepiece_model.proto.
  static constexpr std::uint64_t pieces = 1, normalizer_spec = 3, denormalizer_spec = 5;
  static constexpr std::uint64_t piece_text = 1, piece_type = 3, type_user_defined = 4;
  static constexpr std::uint64_t precompiled_charsmap = 2;

  // The library has room for so many symbols that match at one place.
  static constexpr std::size_t longest_chain_of_symbols = 64;

  /// Whether a message is whole and `accept` is true of all of its fields.
  template <class Accept>
  static bool for_each_field(std::string_view message, const Accept& accept) {
    ProtobufFields fields(message);
    while (const auto field = fields.next()) {
      if (!accept(*field)) return false;
    }
    return !fields.damaged();
  }

  bool take_piece(std::string_view piece) {
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

  static bool has_good_charsmaps(std::string_view spec) {
    return for_each_field(spec, [](const ProtobufField& field) {
      return !field.is_bytes(precompiled_charsmap) || field.bytes.empty() || CharsmapCheck(field.bytes).passes();
    });
  }

  /// The most user-defined symbols of which each begins with the one before.
  [[nodiscard]] std::size_t longest_chain() {
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

  std::string_view file_;
  std::vector<std::string_view> symbols_;  ///< user-defined
  bool has_invalid_piece_ = false;
};

}  // namespace multipruner::detail
