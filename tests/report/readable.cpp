// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>

#include <multipruner/report/readable.hpp>

using namespace multipruner;

TEST_CASE("Whole numbers have commas") {
  CHECK(grouped_text(0) == "0");
  CHECK(grouped_text(999) == "999");
  CHECK(grouped_text(1'607'808) == "1,607,808");
  CHECK(grouped_text(-1234) == "-1,234");
  CHECK(grouped_text(-123) == "-123");
}

TEST_CASE("Numbers are as long as they have to be") {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  CHECK(fixed_text(30.847, 2) == "30.85");
  CHECK(fixed_text(infinite, 2) == "inf");
  CHECK(fixed_text(1e300, 2) == "1e+300");
  CHECK(percent_text(20.639) == "20.64 %");
  CHECK(perplexity_text(30.847) == "30.85");
  CHECK(perplexity_text(12345.6) == "12346");
  CHECK(perplexity_text(12'345'678) == "1.2e+07");
  CHECK(bytes_text(640) == "640 B");
  CHECK(bytes_text(12'340'000) == "12.3 MB");
  CHECK(bytes_text(1'740'000'000) == "1.74 GB");
  CHECK(bytes_text(123'400'000'000'000'000) == "123400 TB");
}

TEST_CASE("Durations as a clock shows them") {
  CHECK(duration_text(0.42) == "0.4 s");
  CHECK(duration_text(41.6) == "42 s");
  CHECK(duration_text(185) == "3:05");
  CHECK(duration_text(3723) == "1:02:03");
}

TEST_CASE("Lines are broken at spaces, counted in characters") {
  CHECK(wrapped_text("one two three", 7, "> ") == "> one two\n> three\n");
  CHECK(wrapped_text("two\nlines", 20, "") == "two\nlines\n");
  CHECK(wrapped_text("unbreakable word", 4, "") == "unbreakable\nword\n");
  CHECK(wrapped_text("äöü äöü", 7, "") == "äöü äöü\n");
  CHECK(wrapped_text("", 10, "").empty());
}
