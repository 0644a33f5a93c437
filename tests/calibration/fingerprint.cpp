// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include <multipruner/calibration/fingerprint.hpp>

using namespace multipruner;

TEST_CASE("the fingerprint of windows changes with tokens, length and ignored label") {
  const TokenWindows windows{4, {1, 2, 3, 4, 5, 6, 7, 8}};
  const auto of = [](const TokenWindows& w) { return fingerprint_of(w).value(); };
  TokenWindows other = windows;
  CHECK(of(other) == of(windows));
  other.tokens[3] = 9;
  CHECK(of(other) != of(windows));
  CHECK(of({2, windows.tokens}) != of(windows));
  CHECK(of({4, windows.tokens, 7}) != of(windows));
}
