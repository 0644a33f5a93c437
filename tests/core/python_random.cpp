// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/python_random.hpp>

using namespace multipruner;

namespace {

const nlohmann::json& golden() {
  static const nlohmann::json values = [] {
    std::ifstream file(test::source_path("tests/data/datasets/sampling.json"));
    return nlohmann::json::parse(file).at("mersenne");
  }();
  return values;
}

}  // namespace

TEST_CASE("the Mersenne twister gives CPython's words and doubles") {
  PythonRandom random(42);
  for (const std::uint64_t expected : golden().at("getrandbits32_first8")) CHECK(random.getrandbits(32) == expected);
  // The oracle drew these behind the words.
  for (const double expected : golden().at("random_first4")) CHECK(random.random() == expected);
}

TEST_CASE("getrandbits cuts words as CPython does") {
  // Up to 32 bits: the top of one word. Above: a whole word below the top of the next.
  CHECK(PythonRandom(42).getrandbits(13) == 2746317213U >> 19);
  CHECK(PythonRandom(42).getrandbits(1) == 1);
  CHECK(PythonRandom(42).getrandbits(0) == 0);
  CHECK(PythonRandom(42).getrandbits(64) == (std::uint64_t{478163327} << 32 | 2746317213U));
  CHECK(PythonRandom(42).getrandbits(40) == (std::uint64_t{478163327 >> 24} << 32 | 2746317213U));
}

TEST_CASE("words stay CPython's past the first renewal of the state, and for seeds of two words") {
  // random.Random(seed).getrandbits(32), the first and the 2,001st, by CPython.
  const auto word = [](std::uint64_t seed, int index) {
    PythonRandom random(seed);
    for (int i = 0; i < index; ++i) random.getrandbits(32);
    return random.getrandbits(32);
  };
  CHECK(word(0, 0) == 3626764237U);
  CHECK(word(0, 2000) == 4065999976U);
  CHECK(word(42, 0) == 2746317213U);
  CHECK(word(42, 2000) == 426724858U);
  CHECK(word(std::uint64_t{1} << 32, 0) == 485306839U);
  CHECK(word(std::uint64_t{1} << 32, 2000) == 4041461251U);
  CHECK(word((std::uint64_t{1} << 32) + 5, 0) == 675479763U);
  CHECK(word((std::uint64_t{1} << 32) + 5, 2000) == 1149147136U);
  CHECK(word(~std::uint64_t{0}, 0) == 93740670U);
  CHECK(word(~std::uint64_t{0}, 2000) == 1640765270U);
}

TEST_CASE("samples are CPython's on both sides of the switch of methods") {
  for (const auto& [key, expected] : golden().at("sample").items()) {
    CAPTURE(key);
    const auto comma = key.find(',');
    const Index population = std::stol(key.substr(0, comma));
    const Index count = std::stol(key.substr(comma + 1));
    CHECK(PythonRandom(42).sample(population, count) == expected.get<std::vector<Index>>());
  }
}

TEST_CASE("samples hold different numbers of the population") {
  for (const Index population : {1, 21, 22, 100, 5000}) {
    for (const Index count : {Index{0}, Index{1}, population / 2, population}) {
      auto drawn = PythonRandom(7).sample(population, count);
      std::sort(drawn.begin(), drawn.end());
      REQUIRE(static_cast<Index>(drawn.size()) == count);
      CHECK(std::adjacent_find(drawn.begin(), drawn.end()) == drawn.end());
      CHECK((drawn.empty() || (drawn.front() >= 0 && drawn.back() < population)));
    }
  }
}

TEST_CASE("more than there is cannot be sampled") {
  CHECK_THROWS_AS(PythonRandom(42).sample(3, 4), OptionError);
  CHECK_THROWS_AS(PythonRandom(42).sample(3, -1), OptionError);
}
