// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>

#include <multipruner/core/fingerprint.hpp>

using namespace multipruner;

TEST_CASE("a fingerprint tells every byte, every length and every order from others") {
  const auto of = [](std::string_view text) { return Fingerprint().add(text).value(); };
  std::string text(40, 'a');
  const auto before = of(text);
  for (char& byte : text) {
    byte = 'b';
    CHECK(of(text) != before);
    byte = 'a';
  }
  CHECK(of(std::string(8, '\0')) != of(std::string(7, '\0')));
  CHECK(of("") != Fingerprint().value());
  CHECK(Fingerprint().add("ab").add("c").value() != Fingerprint().add("a").add("bc").value());
  CHECK(Fingerprint().add(text).text().size() == 16);
  CHECK(hexadecimal(0x0123456789abcdef) == "0123456789abcdef");
  CHECK(hexadecimal(0) == "0000000000000000");
}
