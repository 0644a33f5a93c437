// SPDX-License-Identifier: MIT
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <support/reference_data.hpp>

#include <multipruner/tokenizers.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::unique_ptr<Tokenizer> load(const std::string& name) {
  return load_tokenizer(source_path("tests/data/tokenizers/" + name));
}

std::string random_bytes(std::mt19937& generator, bool ascii) {
  std::string bytes(generator() % 200, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(generator() % (ascii ? 128 : 256));
  return bytes;
}

/// Random characters of the whole of Unicode.
std::string random_text(std::mt19937& generator) {
  std::string text;
  for (auto count = generator() % 100; count > 0; --count) {
    const std::uint32_t planes[] = {0x80, 0x800, 0x3000, 0xD800, 0x20000, 0x110000};
    const auto character = static_cast<utf8proc_int32_t>(generator() % planes[generator() % 6]);
    if (character >= 0xD800 && character < 0xE000) continue;
    utf8proc_uint8_t sequence[4];
    const auto size = utf8proc_encode_char(character, sequence);
    text.append(reinterpret_cast<const char*>(sequence), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace

TEST_CASE("Without a normaliser, decoding gives back any text") {
  const auto tokenizer = load(GENERATE(std::string("demo"), std::string("A")));
  std::mt19937 generator(7);
  for (int i = 0; i < 300; ++i) {
    const auto text = i % 3 == 0 ? random_bytes(generator, true) : random_text(generator);
    CHECK(tokenizer->decode(tokenizer->encode(text, false), false) == text);
  }
}

TEST_CASE("Invalid UTF-8 is encoded as replacement characters") {
  const auto tokenizer = load(GENERATE(std::string("demo"), std::string("Q"), std::string("S")));
  std::mt19937 generator(8);
  for (int i = 0; i < 200; ++i) {
    const auto bytes = random_bytes(generator, false);
    CHECK(tokenizer->encode(bytes) == tokenizer->encode(detail::replace_invalid_utf8(bytes)));
  }
  CHECK(tokenizer->decode(tokenizer->encode("a\xFFz", false)) == "a\xEF\xBF\xBDz");
}

TEST_CASE("With NFC, decoding gives back the normalised text") {
  const auto tokenizer = load("Q");
  std::mt19937 generator(9);
  for (int i = 0; i < 200; ++i) {
    const auto text = random_text(generator);
    CHECK(tokenizer->decode(tokenizer->encode(text, false), false) == detail::normalize_nfc(text));
  }
}

TEST_CASE("Half a character decodes to a replacement character") {
  const auto tokenizer = load("demo");
  auto ids = tokenizer->encode("\xE0\xB8\x93", false);  // a Thai letter, three bytes and as many tokens
  REQUIRE(ids.size() == 3);
  ids.pop_back();
  CHECK(tokenizer->decode(ids) == "\xEF\xBF\xBD");
}

TEST_CASE("Ids that name no token decode to nothing, negative ones are an error") {
  const auto name = GENERATE(std::string("demo"), std::string("S"));
  const auto tokenizer = load(name);
  auto ids = tokenizer->encode("once", false);
  ids.push_back(static_cast<TokenId>(tokenizer->vocabulary_size()) + 17);
  CHECK(tokenizer->decode(ids) == "once");
  ids.push_back(-100);
  CHECK_THROWS_AS(tokenizer->decode(ids), DataError);
}

TEST_CASE("Tokens are found by name and by id") {
  const auto tokenizer = load("demo");
  CHECK(tokenizer->vocabulary_size() == 1024);
  CHECK(tokenizer->token_to_id("<|end_of_text|>") == 1023);
  CHECK(tokenizer->id_to_token(1023) == "<|end_of_text|>");
  CHECK(tokenizer->id_to_token(220) == "Ġ");
  CHECK(tokenizer->token_to_id("Ġ") == 220);
  CHECK_FALSE(tokenizer->token_to_id("no such token"));
  CHECK_FALSE(tokenizer->id_to_token(1024));
  CHECK_FALSE(tokenizer->id_to_token(-1));
  const auto pieces = load("S");
  CHECK(pieces->token_to_id("<s>") == 1);
  CHECK(pieces->id_to_token(1) == "<s>");
  CHECK(pieces->token_to_id("<unk>") == 0);
  CHECK_FALSE(pieces->token_to_id("no such token"));
}

TEST_CASE("Long words take no quadratic time and lose nothing") {
  const auto tokenizer = load("A");
  std::mt19937 generator(10);
  std::string letters(200'000, 'x');
  for (auto& letter : letters) letter = static_cast<char>('a' + generator() % 26);
  std::string ideographs;
  for (int i = 0; i < 60'000; ++i) ideographs += "\xE4\xB8\xAD";
  const std::string spaces(300'000, ' '), lines(300'000, '\n');
  for (const auto& text :
       {letters, ideographs, std::string(200'000, 'a'), spaces + "x", lines + "x", std::string(200'000, '<')}) {
    const auto ids = tokenizer->encode(text, false);
    CHECK(ids.size() <= text.size());
    CHECK((tokenizer->decode(ids) == text));
  }
}

TEST_CASE("A text of many words is the sum of its lines") {
  // Patterns take a line break to the word before it, so lines that begin with a letter are encoded alone.
  const auto tokenizer = load("demo");
  std::string text;
  std::vector<TokenId> ids;
  for (int i = 0; i < 20'000; ++i) {
    const auto line = "Line " + std::to_string(i) + " says hello to the little cat.\n";
    text += line;
    const auto part = tokenizer->encode(line, false);
    ids.insert(ids.end(), part.begin(), part.end());
  }
  CHECK((tokenizer->encode(text, false) == ids));
}

TEST_CASE("Threads may share a tokenizer") {
  const auto tokenizer = load(GENERATE(std::string("Q"), std::string("S")));
  const std::string text = "Once upon a time, caf\xC3\xA9 cost 1234.";
  const auto expected = tokenizer->encode(text);
  std::vector<std::vector<TokenId>> found(4);
  {
    std::vector<std::jthread> threads;
    for (auto& ids : found) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) ids = tokenizer->encode(text);
      });
    }
  }
  for (const auto& ids : found) CHECK(ids == expected);
}
