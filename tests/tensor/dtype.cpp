// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>

#include <catch2/catch.hpp>

#include <multipruner/tensor/dtype.hpp>

using namespace multipruner;

TEST_CASE("float16 converts exactly for all 65,536 inputs") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = to_float(Float16{static_cast<std::uint16_t>(bits)});
    const int exponent = static_cast<int>(bits >> 10 & 31);
    const int mantissa = static_cast<int>(bits & 1023);
    const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
    if (exponent == 31 && mantissa != 0) {
      REQUIRE(std::isnan(value));
    } else if (exponent == 31) {
      REQUIRE(value == sign * INFINITY);
    } else {
      const float expected = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                                           : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
      REQUIRE(value == sign * expected);
      REQUIRE(std::signbit(value) == (sign < 0));
    }
  }
}

TEST_CASE("bfloat16 is the upper half of a float32") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    REQUIRE(std::bit_cast<std::uint32_t>(to_float(BFloat16{static_cast<std::uint16_t>(bits)})) == bits << 16);
  }
}
