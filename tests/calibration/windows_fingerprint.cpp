// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include <multipruner/calibration/windows_fingerprint.hpp>

using namespace multipruner;

TEST_CASE("the fingerprint of windows changes with tokens, lengths, ignored label and mask") {
  const TokenWindows windows{4, {1, 2, 3, 4, 5, 6, 7, 8}};
  const auto of = [](const TokenWindows& w) { return fingerprint_of(w).value(); };
  CHECK(of({4, {1, 2, 3, 4, 5, 6, 7, 8}}) == of(windows));
  CHECK(of({4, {1, 2, 3, 9, 5, 6, 7, 8}}) != of(windows));
  CHECK(of({2, windows.tokens()}) != of(windows));
  CHECK(of({4, windows.tokens(), 7}) != of(windows));
  CHECK(of({windows.tokens(), {0, 4, 8}}) == of(windows));
  CHECK(of({windows.tokens(), {0, 3, 8}}) != of({windows.tokens(), {0, 5, 8}}));
  CHECK(of({windows.tokens(), {0, 4, 8}, std::vector<bool>(8, true)}) != of(windows));
}
