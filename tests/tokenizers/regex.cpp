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
