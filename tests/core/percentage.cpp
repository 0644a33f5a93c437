// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/core/percentage.hpp>

using namespace multipruner;
using test::expect_error;

TEST_CASE("percentages with and without their sign") {
  CHECK(parse_percentage("--ratio", "20") == 20);
  CHECK(parse_percentage("--ratio", "20%") == 20);
  CHECK(parse_percentage("--ratio", "12.5 %") == 12.5);
  CHECK(parse_percentage("--ratio", "0.2%") == 0.2);
  CHECK(parse_percentage("--ratio", "1") == 1);
  CHECK(parse_percentage("--ratio", "0") == 0);
  CHECK(parse_percentage("--ratio", "-5") == -5);
  CHECK(parse_percentage("--ratio", "120%") == 120);
}

TEST_CASE("what may be a share of 1 is asked about, with both readings") {
  expect_error<OptionError>([] { (void)parse_percentage("--ratio", "0.2"); },
                            {"--ratio: 0.2", "`--ratio 20` or `--ratio 0.2%`"});
  expect_error<OptionError>([] { (void)parse_percentage("--at", ".07"); }, {"`--at 7` or `--at .07%`"});
  expect_error<OptionError>([] { (void)parse_percentage("--at", "5e-1"); }, {"`--at 50` or `--at 5e-1%`"});
  expect_error<OptionError>([] { (void)parse_percentage("target", "0.999"); }, {"target: ", "`99.9` or `0.999%`"});
}

TEST_CASE("what is no percentage") {
  for (const char* text :
       {"", "%", "twenty", "20%%", "20 percent", "1/5", " 20", "0,2", "nan", "inf", "-infinity%", "1e999"}) {
    expect_error<OptionError>([&] { (void)parse_percentage("--ratio", text); },
                              {std::string("\"") + text + "\" is not a percentage"});
  }
}
