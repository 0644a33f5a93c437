// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/tokenizers/sentence_piece_file.hpp>
#include <multipruner/tokenizers/sentence_piece_tokenizer.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A protobuf field of bytes, fewer than 2^14 of them, or of a small number.
std::string field(unsigned number, const std::string& bytes) {
  const std::size_t size = bytes.size();
  const std::string front{static_cast<char>(number << 3U | 2U), static_cast<char>((size & 0x7FU) | 0x80U),
                          static_cast<char>(size >> 7U)};
  return front + bytes;
}
std::string field(unsigned number, unsigned value) {
  return {static_cast<char>(number << 3U), static_cast<char>(value)};
}

/// Rules for rewriting text: a trie of Darts-clone and the texts that are put in.
struct Charsmap {
  /// The rule that "a" becomes "b".
  Charsmap() : units(768, unused), texts("b\0", 2) {
    units[0] = 256U << 10U;
    lead(256, 'a', 512, true);
  }

  /// From where the children begin at `base`, a byte leads to children at `next`; a rule may end there.
  void lead(std::uint32_t base, unsigned char byte, std::uint32_t next, bool rule) {
    const std::uint32_t position = base ^ byte;
    units.at(position) = (position ^ next) << 10U | (rule ? 1U << 8U : 0U) | byte;
    if (rule) units.at(next) = unused;  // the text at the beginning
  }

  [[nodiscard]] std::string bytes() const {
    const auto size = static_cast<std::uint32_t>(units.size() * sizeof(std::uint32_t));
    std::string result(sizeof size + size, '\0');
    std::memcpy(result.data(), &size, sizeof size);
    std::memcpy(result.data() + sizeof size, units.data(), size);
    return result + texts;
  }

  static constexpr std::uint32_t unused = 1U << 31U;  ///< no byte leads there

  [[nodiscard]] bool passes() const { return detail::CharsmapCheck(bytes()).passes(); }

  std::vector<std::uint32_t> units;
  std::string texts;
};

constexpr unsigned unknown = 2, user_defined = 4;

std::string piece(const std::string& text, unsigned type) {
  return field(1, field(1, text) + field(3, type));
}

constexpr unsigned unigram = 1, character = 4;

/// A model of the pieces <unk>, b and more, with rules for rewriting.
std::string model(unsigned kind, const std::string& charsmap, const std::string& more_pieces = {}) {
  return piece("<unk>", unknown) + piece("b", 1) + more_pieces + field(2, field(3, kind)) +
         field(3, field(2, charsmap));
}

std::vector<TokenId> encode(const std::string& contents, const std::string& text) {
  const TemporaryDirectory folder;
  write_file(folder / "tokenizer.model", contents);
  return SentencePieceTokenizer(folder / "tokenizer.model").encode(text, false);
}

}  // namespace

TEST_CASE("a SentencePiece model's rules for rewriting text are applied") {
  CHECK(Charsmap().passes());
  const auto tokens = encode(model(character, Charsmap().bytes()), "a");
  REQUIRE_FALSE(tokens.empty());
  CHECK(tokens.back() == 1);
}

TEST_CASE("rules for rewriting text that lead outside of their file are found") {
  Charsmap charsmap;
  SECTION("children beyond the trie") {
    charsmap.units[0] = 4096U << 10U;
  }
  SECTION("a byte that leads beyond the trie") {
    charsmap.lead(256, 'a', 4096, false);
  }
  SECTION("a trie that is no whole block") {
    charsmap.units.resize(600);
  }
  SECTION("no trie") {
    charsmap.units.clear();
  }
  SECTION("a text beyond the texts") {
    charsmap.units[512] = 1U << 31U | 2U;
  }
  SECTION("texts without an end") {
    charsmap.texts = "b";
  }
  SECTION("no texts") {
    charsmap.texts.clear();
  }
  SECTION("a circle") {
    charsmap.lead(256, 'a', 256, false);
  }
  SECTION("more rules at one place than there is room for") {
    charsmap.units.resize(256 * 36, Charsmap::unused);
    for (std::uint32_t i = 1; i <= 33; ++i) charsmap.lead(256 * i, 'a', 256 * (i + 1), true);
  }
  CHECK_FALSE(charsmap.passes());
  expect_error<FileError>(
      [&] { (void)encode(model(character, charsmap.bytes()), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); },
      {"tokenizer.model", "lead outside of it"});
}

TEST_CASE("a size of the trie that is not that of the file is found") {
  for (const std::uint32_t size : {0xFFFFFFFFU, 3079U, 3075U, 0U}) {
    std::string bytes = Charsmap().bytes();
    std::memcpy(bytes.data(), &size, sizeof size);
    CAPTURE(size);
    CHECK_FALSE(detail::CharsmapCheck(bytes).passes());
  }
  CHECK_FALSE(detail::CharsmapCheck("ab").passes());
}

TEST_CASE("user-defined symbols are refused where the library has no room for them") {
  const auto chain = [](std::size_t length) {
    std::string pieces;
    for (std::size_t i = 1; i <= length; ++i) pieces += piece(std::string(i, 'x'), user_defined);
    return pieces;
  };
  const std::string text(70, 'x');
  CHECK_FALSE(encode(model(character, Charsmap().bytes(), chain(64)), text).empty());
  expect_error<FileError>([&] { (void)encode(model(character, Charsmap().bytes(), chain(65)), text); },
                          {"user-defined symbols"});
}

TEST_CASE("what the library throws about a model is a FileError") {
  const std::string piece_with_zero = piece(std::string("\0x", 2), 1);  // no key for its trie
  expect_error<FileError>([&] { (void)encode(model(unigram, Charsmap().bytes(), piece_with_zero), "b"); },
                          {"not a SentencePiece model"});
}

TEST_CASE("a piece that is not UTF-8 is refused, and what stands for unknown tokens is repaired") {
  expect_error<FileError>([&] { (void)encode(model(character, Charsmap().bytes(), piece("x\x98", 1)), "b"); },
                          {"a piece of it is not UTF-8"});
  const std::string unknown_surface = "\xe2\x02\x01\x98";  // field 44 of the trainer's settings
  const TemporaryDirectory folder;
  write_file(folder / "tokenizer.model", piece("<unk>", unknown) + piece("b", 1) +
                                             field(2, field(3, character) + unknown_surface) +
                                             field(3, field(2, Charsmap().bytes())));
  const SentencePieceTokenizer tokenizer(folder / "tokenizer.model");
  CHECK(tokenizer.decode(std::vector<TokenId>{1, 0}) == "b\xef\xbf\xbd");
}

TEST_CASE("what could hide a part of a SentencePiece model from the checks is refused") {
  const std::string bad = field(3, field(2, "no rules"));
  const std::string group_tags = {static_cast<char>(10U << 3U | 3U), static_cast<char>(10U << 3U | 4U)};
  const std::string long_tag = {'\x9a', '\x80', '\x80', '\x80', '\x80', '\x01'};  // field 3 to who drops the upper bits
  for (const std::string& contents : {bad, group_tags + bad, long_tag + bad.substr(1), std::string("\x0a")}) {
    CHECK(detail::SentencePieceFileCheck(contents).problem() == "parts of it cannot be read, or lead outside of it");
  }
  CHECK(detail::SentencePieceFileCheck("").problem().empty());  // the library refuses it
}
