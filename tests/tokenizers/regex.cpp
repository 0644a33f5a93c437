// SPDX-License-Identifier: MIT
#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/tokenizers/regex.hpp>

using namespace multipruner;
using multipruner::detail::Regex;

namespace {

std::vector<std::string> matches(const std::string& pattern, const std::string& text) {
  std::vector<std::string> found;
  Regex(pattern, "test").for_each_match(text, [&](std::size_t begin, std::size_t end) {
    found.push_back(text.substr(begin, end - begin));
  });
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Matches are leftmost, in order, and never twice at one place") {
  CHECK(matches("a+|b", "xaabb") == Texts{"aa", "b", "b"});
  CHECK(matches("x*", "axb") == Texts{"", "x", ""});
  CHECK(matches("(?=\xC3\xA9)", "\xC3\xA9\xC3\xA9") == Texts{"", ""});
  CHECK(matches("a", "").empty());
}

TEST_CASE("Classes are those of Unicode as Oniguruma has them") {
  CHECK(matches("\\s",
                "a\xE1\xA0\x8E"
                "b")
            .empty());  // U+180E is no white space any more
  CHECK(matches("\\s", "\xC2\x85\xC2\xA0").size() == 2);
  CHECK(matches("[^\\s\\p{L}]", " a\xC3\xA9.") == Texts{"."});
  CHECK(matches("\\w+", "e\xCC\x81_1\xE2\x92\xB6 .") == Texts{"e\xCC\x81_1\xE2\x92\xB6"});
  CHECK(matches("\\W", "a.") == Texts{"."});
  CHECK(matches("\\v", "\n\x0B") == Texts{"\x0B"});
  CHECK(matches("\\u00e9", "\xC3\xA9") == Texts{"\xC3\xA9"});
  CHECK(matches("(?i:'S)", "'s'\xC5\xBF").size() == 2);  // a long s folds to s
  CHECK(matches("^b$", "a\nb\nc") == Texts{"b"});
}

TEST_CASE("Patterns that PCRE2 would read in another sense are refused") {
  for (const char* pattern :
       {"\\h", "\\X", "\\b", "\\R", "\\G", "[a[b]]", "[a&&b]", "[\\W]", "(?m).", "(?im:.)", "(?>a", "a\\", "\\u12"}) {
    INFO(pattern);
    CHECK_THROWS_AS(Regex(pattern, "test"), UnsupportedError);
  }
}

TEST_CASE("Long runs meet no limit of the engine") {
  const std::string spaces(500'000, ' ');
  CHECK(matches("\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", spaces + "x").size() == 2);
  CHECK(matches("(?:\\p{L}|\\p{M})+", std::string(300'000, 'a')).size() == 1);
}

TEST_CASE("Positions that take many steps are searched like the others") {
  // A run that takes one pass a position, and matches only behind it; and matches before, between and behind runs.
  const std::string run(900, 'a');
  CHECK(matches("(?:a|b)*c|x", "x" + run + "dx" + run + "cx") == Texts{"x", "x", run + "c", "x"});
  const std::string wide = "\xE4\xB8\xAD";  // three bytes, across which the positions go
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += wide;
  CHECK(matches("x|\xC3\xA9", text + "x" + text + "\xC3\xA9") == Texts{"x", "\xC3\xA9"});
}

TEST_CASE("A pattern that takes too long on a text is an error, soon") {
  const std::string letters(20'000, 'a');
  for (const char* pattern : {"(a+)+$", "(?:a|a)*[bc]", "a*a*a*[bc]", "(?:a{1,300}){1,300}[bc]", "(?:(?:a|b)*)*[cd]"}) {
    INFO(pattern);
    const auto begin = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(matches(pattern, letters + "!"), DataError);
    CHECK_THROWS_WITH(matches(pattern, letters + "!"), Catch::Contains("steps that are allowed it on a text of 20001"));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));  // it takes a part of a second
  }
}

TEST_CASE("Patterns of strangers are bounded in length and in nesting") {
  CHECK(matches("[" + std::string(60'000, 'a') + "]", "a").size() == 1);
  CHECK_THROWS_WITH(Regex(std::string(70'000, 'a'), "test"), Catch::Contains("70000 bytes is longer than 65536"));
  CHECK_THROWS_AS(Regex(std::string(70'000, 'a'), "test"), UnsupportedError);
  CHECK_THROWS_AS(Regex(std::string(20'000, '(') + std::string(20'000, ')'), "test"), UnsupportedError);
  CHECK_THROWS_AS(Regex("(?:(?:(?:a{1000}){1000}){1000}){1000}", "test"), UnsupportedError);
}
