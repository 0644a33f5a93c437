// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/protobuf_fields.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

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

  [[nodiscard]] bool passes();

 private:
  static constexpr int unknown = -1, damaged = -2;
  static constexpr int longest_rule = 256;  // bytes; those of the library's own rules are below 20

  static std::uint32_t offset(std::uint32_t unit) { return (unit >> 10U) << ((unit & (1U << 9U)) >> 6U); }
  static bool ends_rule(std::uint32_t unit) { return (unit >> 8U & 1U) != 0; }
  static bool is_child(std::uint32_t unit, std::uint32_t byte) { return (unit & (1U << 31U | 0xFFU)) == byte; }

  /// How many rules end on one way through the children at `base`; `damaged` where a way leads outside or in a circle.
  int most_rules_below(std::uint32_t base, int depth);

  std::string_view charsmap_, texts_;
  std::vector<std::uint32_t> units_;
  std::vector<int> rules_below_;  // by where children begin
};

/// What the sentencepiece library takes on trust in a serialized ModelProto (sentencepiece_model.proto).
class SentencePieceFileCheck {
 public:
  explicit SentencePieceFileCheck(std::string_view file) : file_(file) {}

  /// What is wrong; empty where nothing is. Whether it is a model that can be used is the library's to say.
  [[nodiscard]] std::string problem();

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

  bool take_piece(std::string_view piece);

  static bool has_good_charsmaps(std::string_view spec);

  /// The most user-defined symbols of which each begins with the one before.
  [[nodiscard]] std::size_t longest_chain();

  std::string_view file_;
  std::vector<std::string_view> symbols_;  ///< user-defined
  bool has_invalid_piece_ = false;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/sentence_piece_file.ipp>
#endif
