// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/blocks/rotary_table.hpp>

using namespace multipruner;

namespace {

/// The scaling of Llama 3 as Meta's code states it: by wavelengths, in double precision.
double llama3_frequency(const RopeConfig& rope, Index head_dim, Index j) {
  const double frequency = std::pow(rope.theta, -2.0 * static_cast<double>(j) / static_cast<double>(head_dim));
  const auto length = static_cast<double>(rope.original_max_position_embeddings);
  const double wavelength = 2 * std::numbers::pi / frequency;
  if (wavelength < length / rope.high_freq_factor) return frequency;
  if (wavelength > length / rope.low_freq_factor) return frequency / rope.factor;
  const double smooth = (length / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
  return (1 - smooth) * frequency / rope.factor + smooth * frequency;
}

RopeConfig llama3(double theta, double factor, Index length) {
  return {.theta = theta,
          .scaling = RopeScaling::llama3,
          .factor = factor,
          .low_freq_factor = 1,
          .high_freq_factor = 4,
          .original_max_position_embeddings = length};
}

void check_frequencies(const RopeConfig& rope, Index head_dim, const std::vector<double>& expected) {
  const std::vector<float> frequencies = rotary_frequencies(rope, head_dim);
  REQUIRE(frequencies.size() == expected.size());
  for (std::size_t j = 0; j < expected.size(); ++j) {
    CAPTURE(j);
    CHECK(static_cast<double>(frequencies[j]) == Approx(expected[j]).epsilon(2e-7).margin(0));
  }
}

}  // namespace

TEST_CASE("frequencies are powers of theta") {
  check_frequencies({}, 2, {1});
  check_frequencies({}, 8, {1, 0.1, 0.01, 0.001});
  check_frequencies({.theta = 500000}, 4, {1, 1 / std::sqrt(500000.0)});
}

TEST_CASE("linear scaling divides every frequency") {
  check_frequencies({.scaling = RopeScaling::linear, .factor = 4}, 4, {0.25, 0.0025});
}

TEST_CASE("the scaling of Llama 3 keeps high frequencies, divides low ones, and goes over between") {
  // In 1000 tokens the frequencies 1, 0.01 and 0.0001 turn 159.2, 1.5915494 and 0.016 times. The second one lies
  // between 1 and 4 turns: (1.5915494 - 1) / 3 = 0.1971831 of it is kept, 0.8028169 of it is divided by 8.
  check_frequencies(llama3(1e6, 8, 1000), 6, {1, 0.01 * (0.8028168563 / 8 + 0.1971831437), 0.0001 / 8});
}

TEST_CASE("the scaling of Llama 3 is Meta's for its models") {
  const auto [rope, head_dim] =
      GENERATE(std::pair{llama3(500000, 8, 8192), Index{128}}, std::pair{llama3(500000, 32, 8192), Index{64}});
  std::vector<double> expected;
  int kept = 0, divided = 0;
  for (Index j = 0; j < head_dim / 2; ++j) {
    expected.push_back(llama3_frequency(rope, head_dim, j));
    const double unscaled = std::pow(rope.theta, -2.0 * static_cast<double>(j) / static_cast<double>(head_dim));
    kept += expected.back() == unscaled ? 1 : 0;
    divided += expected.back() == unscaled / rope.factor ? 1 : 0;
  }
  CHECK(kept > 0);
  CHECK(divided > 0);
  CHECK(kept + divided < head_dim / 2);  // all three cases occur
  check_frequencies(rope, head_dim, expected);
}

TEST_CASE("a table has cosines and sines of every position's angles") {
  const RotaryTable table({.scaling = RopeScaling::linear, .factor = 2}, 4, 300);
  CHECK(table.count() == 300);
  CHECK(table.cosines().columns == 2);
  for (Index position = 0; position < 300; ++position) {
    const auto p = static_cast<double>(position);
    const std::array angles{p * 0.5, p * 0.005};
    for (Index j = 0; j < 2; ++j) {
      const double angle = angles[static_cast<std::size_t>(j)];
      // An angle of up to 150 is a float32, and off by 8e-6 at most.
      REQUIRE(static_cast<double>(table.cosines().row(position)[j]) == Approx(std::cos(angle)).margin(2e-5));
      REQUIRE(static_cast<double>(table.sines().row(position)[j]) == Approx(std::sin(angle)).margin(2e-5));
    }
  }
  CHECK(table.cosines().row(0)[1] == 1.0f);
  CHECK(table.sines().row(0)[1] == 0.0f);
}

TEST_CASE("tables of no possible size are refused") {
  test::expect_error<OptionError>([] { RotaryTable({}, 8, -1); }, {"negative"});
  test::expect_error<OptionError>([] { RotaryTable({}, 8, Index{1} << 62); }, {"memory"});
  test::expect_error<OptionError>([] { (void)rotary_frequencies({}, -2); }, {"-2"});
}

TEST_CASE("yarn keeps the first channels, divides the last ones, and goes over between") {
  // Of 16 channels and 4096 tokens, channel 2.6 turns 32 times and channel 5.6 once: from 2 to 6, by quarters.
  const RopeConfig yarn{.scaling = RopeScaling::yarn, .factor = 4, .original_max_position_embeddings = 4096};
  std::vector<double> expected;
  for (const double kept : {1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0}) {
    const double frequency = std::pow(10000.0, -static_cast<double>(expected.size()) / 8);
    expected.push_back(frequency * (kept + (1 - kept) / 4));
  }
  check_frequencies(yarn, 16, expected);
}

TEST_CASE("longrope divides every frequency by its factor, of which there has to be one") {
  const RopeConfig longrope{.scaling = RopeScaling::longrope, .factors = {1, 2}};
  check_frequencies(longrope, 4, {1, 0.005});
  test::expect_error<OptionError>([&] { (void)rotary_frequencies(longrope, 8); }, {"2 factors for 4 frequencies"});
}

TEST_CASE("the attention factor multiplies cosines and sines") {
  const RotaryTable table({.attention_factor = 1.5}, 2, 3);
  CHECK(table.cosines().row(0)[0] == 1.5f);
  CHECK(table.cosines().row(2)[0] == Approx(1.5 * std::cos(2.0)));
  CHECK(table.sines().row(2)[0] == Approx(1.5 * std::sin(2.0)));
}
