#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <unordered_set>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// CPython's `random.Random(seed)` for a non-negative integer seed, bit for bit: MT19937 seeded by
/// `init_by_array`.
///
/// `std::mt19937(seed)` gives other numbers: it uses the plain integer seeding.
/// Source: M. Matsumoto and T. Nishimura, "Mersenne Twister" (1998) and its 2002 initialisation; CPython's
/// Modules/_randommodule.c and Lib/random.py, unchanged from 3.2 to 3.13 in what is used here.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed) {
    const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    seed_with(key, key[1] != 0 ? 2 : 1);
  }

  /// `getrandbits(bits)` for 0 ≤ bits ≤ 64. Up to 32 bits are the top bits of one word.
  std::uint64_t getrandbits(int bits) {
    if (bits <= 0) return 0;
    if (bits <= 32) return next_word() >> (32 - bits);
    const std::uint64_t low = next_word();
    const std::uint64_t high = next_word() >> (64 - bits);
    return high << 32 | low;
  }

  /// `random()`: uniform in [0, 1) with 53 bits.
  double random() {
    const double high = next_word() >> 5;
    const double low = next_word() >> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }

  /// `sample(range(population), count)`: `count` different numbers in the order they are drawn.
  ///
  /// Small populations are drawn from a shrinking pool, large ones by drawing again what was drawn before.
  /// Which method is used changes the numbers, so the boundary is CPython's. Throws OptionError if count >
  /// population or negative.
  std::vector<Index> sample(Index population, Index count) {
    constexpr Index most = Index{1} << 48;  // far beyond every memory
    if (count < 0 || count > std::min(population, most)) {
      throw OptionError("sample", std::to_string(count) + " of " + std::to_string(population) + " cannot be drawn",
                        "Ask for 0 to " + std::to_string(std::clamp(population, Index{0}, most)));
    }
    return population <= pool_limit(count) ? sample_from_pool(population, count)
                                           : sample_by_rejection(population, count);
  }

 private:
  static constexpr std::size_t size = 624;
  static constexpr std::size_t shift = 397;

  static std::uint32_t mixed(std::uint32_t previous) { return previous ^ previous >> 30; }

  void seed_with(const std::array<std::uint32_t, 2>& key, std::uint32_t key_size) {
    state_[0] = 19650218;
    for (std::uint32_t i = 1; i < size; ++i) state_[i] = 1812433253U * mixed(state_[i - 1]) + i;

    std::size_t i = 1;
    const auto step = [&] {
      if (++i == size) {
        state_[0] = state_[size - 1];
        i = 1;
      }
    };
    for (std::uint32_t round = 0; round < size; ++round, step()) {
      const std::uint32_t j = round % key_size;
      state_[i] = (state_[i] ^ mixed(state_[i - 1]) * 1664525U) + key[j] + j;
    }
    for (std::uint32_t round = 1; round < size; ++round, step()) {
      state_[i] = (state_[i] ^ mixed(state_[i - 1]) * 1566083941U) - static_cast<std::uint32_t>(i);
    }
    state_[0] = 0x80000000;
  }

  void renew() {
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint32_t bits = (state_[i] & 0x80000000) | (state_[(i + 1) % size] & 0x7fffffff);
      state_[i] = state_[(i + shift) % size] ^ bits >> 1 ^ (bits % 2 != 0 ? 0x9908b0df : 0);
    }
    position_ = 0;
  }

  std::uint32_t next_word() {
    if (position_ == size) renew();
    std::uint32_t word = state_[position_++];
    word ^= word >> 11;
    word ^= word << 7 & 0x9d2c5680;
    word ^= word << 15 & 0xefc60000;
    return word ^ word >> 18;
  }

  /// `_randbelow(limit)` for limit ≥ 1: as many bits as `limit` has, drawn again while they reach it.
  Index below(Index limit) {
    const auto unsigned_limit = static_cast<std::uint64_t>(limit);
    const auto bits = static_cast<int>(std::bit_width(unsigned_limit));
    for (;;) {
      const std::uint64_t draw = getrandbits(bits);
      if (draw < unsigned_limit) return static_cast<Index>(draw);
    }
  }

  /// The population up to which a list takes less memory than CPython's set of `count` numbers.
  static Index pool_limit(Index count) {
    constexpr Index smallest_set = 21;
    if (count <= 5) return smallest_set;
    Index table = 1;
    while (table < 3 * count) table *= 4;
    return smallest_set + table;
  }

  std::vector<Index> sample_from_pool(Index population, Index count) {
    std::vector<Index> pool(static_cast<std::size_t>(population));
    std::iota(pool.begin(), pool.end(), Index{0});
    std::vector<Index> drawn;
    for (Index i = 0; i < count; ++i) {
      const auto place = static_cast<std::size_t>(below(population - i));
      drawn.push_back(pool[place]);
      pool[place] = pool[static_cast<std::size_t>(population - i - 1)];
    }
    return drawn;
  }

  std::vector<Index> sample_by_rejection(Index population, Index count) {
    std::unordered_set<Index> seen;
    std::vector<Index> drawn;
    while (static_cast<Index>(drawn.size()) < count) {
      const Index draw = below(population);
      if (seen.insert(draw).second) drawn.push_back(draw);
    }
    return drawn;
  }

  std::array<std::uint32_t, size> state_{};
  std::size_t position_ = size;
};

}  // namespace multipruner
