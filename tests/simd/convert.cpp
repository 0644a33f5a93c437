// SPDX-License-Identifier: MIT
#include <cmath>
#include <numeric>

#include "matrix.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/simd/convert.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index patterns = 1 << 16;

std::vector<std::uint16_t> all_patterns() {
  std::vector<std::uint16_t> all(patterns);
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  return all;
}

/// The value of a bit pattern from the definition of the formats.
double value_of(std::uint16_t bits, int mantissa_bits) {
  const int exponent_bits = 15 - mantissa_bits, bias = (1 << (exponent_bits - 1)) - 1;
  const int mantissa = bits & ((1 << mantissa_bits) - 1), exponent = (bits & 0x7fff) >> mantissa_bits;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return mantissa == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
}

int mantissa_bits(DType dtype) {
  return dtype == DType::bfloat16 ? 7 : 10;
}

std::uint16_t narrowed(float value, DType dtype) {
  std::uint16_t result = 0;
  simd::from_float({&value, 1}, dtype, &result);
  return result;
}

}  // namespace

TEST_CASE("to_float is exact for all 65,536 inputs and from_float is its inverse") {
  const auto dtype = GENERATE(DType::bfloat16, DType::float16);
  CAPTURE(name_of(dtype));
  const auto all = all_patterns();
  std::vector<float> wide(patterns);
  simd::to_float({all.data(), dtype, 1, patterns, patterns}, {wide.data(), 1, patterns});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double expected = value_of(all[i], mantissa_bits(dtype));
    if (!close(wide[i], expected, 0) || std::signbit(wide[i]) != ((all[i] & 0x8000) != 0)) FAIL("pattern " << i);
  }
  std::vector<std::uint16_t> back(patterns);
  simd::from_float(wide, dtype, back.data());
  REQUIRE(back == all);
}

TEST_CASE("from_float rounds to the nearest value, ties to even") {
  const auto dtype = GENERATE(DType::bfloat16, DType::float16);
  CAPTURE(name_of(dtype));
  const std::uint16_t largest = dtype == DType::bfloat16 ? 0x7f7f : 0x7bff;
  for (std::uint16_t lower = 0; lower < largest; ++lower) {
    const auto upper = static_cast<std::uint16_t>(lower + 1), even = lower % 2 == 0 ? lower : upper;
    // Both formats have fewer mantissa bits than float32, so the middle of two neighbours is a float32.
    const auto middle =
        static_cast<float>((value_of(lower, mantissa_bits(dtype)) + value_of(upper, mantissa_bits(dtype))) / 2);
    const bool right = narrowed(middle, dtype) == even && narrowed(std::nextafter(middle, 0.0f), dtype) == lower &&
                       narrowed(std::nextafter(middle, INFINITY), dtype) == upper &&
                       narrowed(-middle, dtype) == (even | 0x8000);
    if (!right) FAIL("between " << lower << " and " << upper);
  }
}

TEST_CASE("from_float overflows to infinity and keeps NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  REQUIRE(narrowed(65519.0f, DType::float16) == 0x7bff);
  REQUIRE(narrowed(65520.0f, DType::float16) == 0x7c00);
  REQUIRE(narrowed(-3e38f, DType::float16) == 0xfc00);
  REQUIRE(narrowed(infinity, DType::float16) == 0x7c00);
  REQUIRE(narrowed(std::numeric_limits<float>::max(), DType::bfloat16) == 0x7f80);
  REQUIRE(narrowed(-infinity, DType::bfloat16) == 0xff80);
  for (const auto dtype : {DType::bfloat16, DType::float16}) {
    REQUIRE(std::isnan(value_of(narrowed(nan, dtype), mantissa_bits(dtype))));
    const auto faint = std::bit_cast<float>(0x7f800001u);  // the part of the payload that fits is zero
    REQUIRE(std::isnan(value_of(narrowed(faint, dtype), mantissa_bits(dtype))));
  }
}

TEST_CASE("to_float reads strided matrices of any width") {
  const auto dtype = GENERATE(DType::float32, DType::bfloat16, DType::float16);
  const Index columns = GENERATE(0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 100);
  CAPTURE(name_of(dtype), columns);
  const StoredMatrix source = stored_as(dtype, random_matrix(5, columns, 1, 3));
  TestMatrix target(5, columns, 2);
  simd::to_float(source.weight(), target.view());
  REQUIRE(same_bits(target.view(), source.rounded.view()));
  for (Index i = 0; i < 4; ++i) REQUIRE(std::isnan(target(i, columns)));
  REQUIRE_THROWS_AS(simd::to_float(source.weight(), target.view().row_range(0, 4)), OptionError);
}

TEST_CASE("from_float copies float32") {
  const TestMatrix source = random_matrix(1, 1001, 1);
  TestMatrix target(1, 1001);
  simd::from_float({source.values.data(), 1001}, DType::float32, target.values.data());
  REQUIRE(same_bits(source.view(), target.view()));
  simd::from_float({}, DType::float16, nullptr);
}
