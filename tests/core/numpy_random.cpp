// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>

#include <multipruner/core/numpy_random.hpp>

using namespace multipruner;

namespace {

const nlohmann::json& golden() {
  static const nlohmann::json values = [] {
    std::ifstream file(test::source_path("tests/data/datasets/sampling.json"));
    return nlohmann::json::parse(file).at("pcg64");
  }();
  return values;
}

}  // namespace

TEST_CASE("SeedSequence gives NumPy's state words") {
  const auto words = detail::SeedSequence(42).generate<4>();
  const auto expected = golden().at("seed_sequence_state_uint64").get<std::vector<std::string>>();
  REQUIRE(expected.size() == words.size());
  for (std::size_t i = 0; i < words.size(); ++i) CHECK(std::to_string(words[i]) == expected[i]);

  // The same words as 32-bit halves, the lower half first.
  const auto halves = golden().at("seed_sequence_state_uint32_first8").get<std::vector<std::uint32_t>>();
  for (std::size_t i = 0; i < words.size(); ++i) {
    CHECK((static_cast<std::uint64_t>(halves[2 * i + 1]) << 32 | halves[2 * i]) == words[i]);
  }
}

TEST_CASE("PCG64 gives NumPy's words, halves and doubles") {
  NumpyRandom whole(42);
  NumpyRandom halved(42);
  for (const std::string expected : golden().at("raw_uint64_first8")) {
    const std::uint64_t word = whole.next_uint64();
    CHECK(std::to_string(word) == expected);
    CHECK(halved.next_uint32() == static_cast<std::uint32_t>(word));
    CHECK(halved.next_uint32() == static_cast<std::uint32_t>(word >> 32));
  }

  NumpyRandom doubles(42);
  for (const double expected : golden().at("doubles_first8")) CHECK(doubles.uniform() == expected);
}

TEST_CASE("a buffered half outlives the 64-bit words drawn after it") {
  NumpyRandom reference(42);
  const std::uint64_t first = reference.next_uint64();
  const std::uint64_t second = reference.next_uint64();

  NumpyRandom random(42);
  CHECK(random.next_uint32() == static_cast<std::uint32_t>(first));
  CHECK(random.next_uint64() == second);
  CHECK(random.next_uint32() == static_cast<std::uint32_t>(first >> 32));
}

TEST_CASE("permutations are NumPy's") {
  for (const auto& [count, expected] : golden().at("permutations").items()) {
    CAPTURE(count);
    CHECK(NumpyRandom(42).permutation(std::stol(count)) == expected.get<std::vector<Index>>());
  }
  CHECK(NumpyRandom(42).permutation(0).empty());
}

TEST_CASE("every bit of a 64-bit seed counts, and any permutation is complete") {
  const std::uint64_t seeds[] = {0, 1, std::uint64_t{1} << 32, std::uint64_t{1} << 63, ~std::uint64_t{0}};
  std::vector<std::vector<Index>> orders;
  for (const std::uint64_t seed : seeds) {
    orders.push_back(NumpyRandom(seed).permutation(1000));
    std::vector<Index> sorted = orders.back();
    std::sort(sorted.begin(), sorted.end());
    for (Index i = 0; i < 1000; ++i) REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
  }
  std::sort(orders.begin(), orders.end());
  CHECK(std::adjacent_find(orders.begin(), orders.end()) == orders.end());
}
