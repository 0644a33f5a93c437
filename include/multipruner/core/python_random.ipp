// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>
#include <unordered_set>

#include <multipruner/core/error.hpp>
#include <multipruner/core/python_random.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE PythonRandom::PythonRandom(std::uint64_t seed) {
  const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  seed_with(key, key[1] != 0 ? 2 : 1);
}

MULTIPRUNER_INLINE std::uint64_t PythonRandom::getrandbits(int bits) {
  if (bits <= 0) return 0;
  if (bits <= 32) return next_word() >> (32 - bits);
  const std::uint64_t low = next_word();
  const std::uint64_t high = next_word() >> (64 - bits);
  return high << 32 | low;
}

MULTIPRUNER_INLINE double PythonRandom::random() {
  const double high = next_word() >> 5;
  const double low = next_word() >> 6;
  return (high * 0x1p26 + low) * 0x1p-53;
}

MULTIPRUNER_INLINE std::vector<Index> PythonRandom::sample(Index population, Index count) {
  constexpr Index most = Index{1} << 48;  // far beyond every memory
  if (count < 0 || count > std::min(population, most)) {
    throw OptionError("sample", std::to_string(count) + " of " + std::to_string(population) + " cannot be drawn",
                      "Ask for 0 to " + std::to_string(std::clamp(population, Index{0}, most)));
  }
  return population <= pool_limit(count) ? sample_from_pool(population, count) : sample_by_rejection(population, count);
}

MULTIPRUNER_INLINE void PythonRandom::seed_with(const std::array<std::uint32_t, 2>& key, std::uint32_t key_size) {
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

MULTIPRUNER_INLINE void PythonRandom::renew() {
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint32_t bits = (state_[i] & 0x80000000) | (state_[(i + 1) % size] & 0x7fffffff);
    state_[i] = state_[(i + shift) % size] ^ bits >> 1 ^ (bits % 2 != 0 ? 0x9908b0df : 0);
  }
  position_ = 0;
}

MULTIPRUNER_INLINE std::uint32_t PythonRandom::next_word() {
  if (position_ == size) renew();
  std::uint32_t word = state_[position_++];
  word ^= word >> 11;
  word ^= word << 7 & 0x9d2c5680;
  word ^= word << 15 & 0xefc60000;
  return word ^ word >> 18;
}

MULTIPRUNER_INLINE Index PythonRandom::below(Index limit) {
  const auto unsigned_limit = static_cast<std::uint64_t>(limit);
  const auto bits = static_cast<int>(std::bit_width(unsigned_limit));
  for (;;) {
    const std::uint64_t draw = getrandbits(bits);
    if (draw < unsigned_limit) return static_cast<Index>(draw);
  }
}

MULTIPRUNER_INLINE Index PythonRandom::pool_limit(Index count) {
  constexpr Index smallest_set = 21;
  if (count <= 5) return smallest_set;
  Index table = 1;
  while (table < 3 * count) table *= 4;
  return smallest_set + table;
}

MULTIPRUNER_INLINE std::vector<Index> PythonRandom::sample_from_pool(Index population, Index count) {
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

MULTIPRUNER_INLINE std::vector<Index> PythonRandom::sample_by_rejection(Index population, Index count) {
  std::unordered_set<Index> seen;
  std::vector<Index> drawn;
  while (static_cast<Index>(drawn.size()) < count) {
    const Index draw = below(population);
    if (seen.insert(draw).second) drawn.push_back(draw);
  }
  return drawn;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
