// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>

#include <multipruner/io/utf8.hpp>

using namespace multipruner;

TEST_CASE("well-formed UTF-8 is accepted at the borders of every form") {
  for (const char* text :
       {"", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf", "\xed\x80\x80", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(text);
    CHECK_FALSE(find_invalid_utf8(text));
  }
  CHECK_FALSE(find_invalid_utf8(std::string("a\0b", 3)));
}

TEST_CASE("what is not UTF-8 is found where it begins") {
  for (const char* bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
                          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82",
                          "\xf0\x9f\x98", "\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x9f\x98\x28"}) {
    CAPTURE(bad);
    CHECK(find_invalid_utf8(bad) == Index{0});
    CHECK(find_invalid_utf8(std::string("é!") + bad + " and more") == Index{3});
  }
}

TEST_CASE("characters are counted, not bytes") {
  CHECK(count_characters("") == 0);
  CHECK(count_characters("naïve €100 😀") == 12);
}
