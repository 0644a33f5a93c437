// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>

#include <multipruner/tokenizers/byte_alphabet.hpp>
#include <multipruner/tokenizers/unicode.hpp>

using namespace multipruner::detail;

TEST_CASE("Each maximal invalid piece of UTF-8 becomes one replacement character") {
  const std::string r = "\xEF\xBF\xBD";
  CHECK(replace_invalid_utf8("") == "");
  CHECK(replace_invalid_utf8("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(replace_invalid_utf8("a\x80z") == "a" + r + "z");
  CHECK(replace_invalid_utf8("\xC3") == r);
  CHECK(replace_invalid_utf8("\xC0\xAF") == r + r);                  // overlong
  CHECK(replace_invalid_utf8("\xED\xA0\x80") == r + r + r);          // a surrogate
  CHECK(replace_invalid_utf8("\xF4\x90\x80\x80") == r + r + r + r);  // above U+10FFFF
  CHECK(replace_invalid_utf8("\xE4\xB8z") == r + "z");               // broken off
  CHECK(replace_invalid_utf8("\xF0\x9F\x98") == r);
  // The example of the Unicode Standard, table 3-8.
  CHECK(replace_invalid_utf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") ==
        "a" + r + r + r + "b" + r + "c" + r + r + "d");
}

TEST_CASE("Normalization form C composes") {
  CHECK(normalize_nfc("plain") == "plain");
  CHECK(normalize_nfc("e\xCC\x81") == "\xC3\xA9");
  CHECK(normalize_nfc("\xE2\x84\xAB") == "\xC3\x85");                              // Angstrom sign
  CHECK(normalize_nfc("\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8") == "\xEA\xB0\x81");  // Hangul
  CHECK(normalize_nfc(std::string("\0e\xCC\x81", 4)) == std::string("\0\xC3\xA9", 3));
}

TEST_CASE("Characters are told apart") {
  for (const int c : {0x09, 0x20, 0x85, 0xA0, 0x2003, 0x3000}) CHECK(is_white_space(c));
  for (const int c : {0x180E, 0x200B, 0xFEFF, 0x61}) CHECK_FALSE(is_white_space(c));
  for (const int c : {0x61, 0xE9, 0x301, 0x664, 0x2167, 0x5F, 0x200D, 0x24B6, 0x4E2D}) {
    CHECK(is_word_character(c));
  }
  for (const int c : {0x20, 0x2E, 0xB2, 0x1F600}) CHECK_FALSE(is_word_character(c));
}

TEST_CASE("The byte alphabet spells every byte and reads it back") {
  CHECK(byte_alphabet.spell(" the\n") == "\xC4\xA0the\xC4\x8A");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(3, static_cast<char>(byte));
    CHECK(byte_alphabet.bytes(byte_alphabet.spell(bytes)) == bytes);
  }
  CHECK_FALSE(byte_alphabet.bytes("a b"));           // a space is not in it
  CHECK_FALSE(byte_alphabet.bytes("\xE4\xB8\xAD"));  // nor is an ideograph
  CHECK_FALSE(byte_alphabet.bytes("\xC5\xBF"));      // nor what lies behind its end
}
