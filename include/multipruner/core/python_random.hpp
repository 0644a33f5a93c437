// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// CPython's `random.Random(seed)` for a non-negative integer seed, bit for bit: MT19937 seeded by
/// `init_by_array`.
///
/// `std::mt19937(seed)` gives other numbers: it uses the plain integer seeding.
/// Source: M. Matsumoto and T. Nishimura, "Mersenne Twister" (1998) and its 2002 initialisation; CPython's
/// Modules/_randommodule.c and Lib/random.py, unchanged from 3.2 to 3.13 in what is used here.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint64_t seed);

  /// `getrandbits(bits)` for 0 ≤ bits ≤ 64. Up to 32 bits are the top bits of one word.
  std::uint64_t getrandbits(int bits);

  /// `random()`: uniform in [0, 1) with 53 bits.
  double random();

  /// `sample(range(population), count)`: `count` different numbers in the order they are drawn.
  ///
  /// Small populations are drawn from a shrinking pool, large ones by drawing again what was drawn before.
  /// Which method is used changes the numbers, so the boundary is CPython's. Throws OptionError if count >
  /// population or negative.
  std::vector<Index> sample(Index population, Index count);

 private:
  static constexpr std::size_t size = 624;
  static constexpr std::size_t shift = 397;

  static std::uint32_t mixed(std::uint32_t previous) { return previous ^ previous >> 30; }

  void seed_with(const std::array<std::uint32_t, 2>& key, std::uint32_t key_size);

  void renew();

  std::uint32_t next_word();

  /// `_randbelow(limit)` for limit ≥ 1: as many bits as `limit` has, drawn again while they reach it.
  Index below(Index limit);

  /// The population up to which a list takes less memory than CPython's set of `count` numbers.
  static Index pool_limit(Index count);

  std::vector<Index> sample_from_pool(Index population, Index count);

  std::vector<Index> sample_by_rejection(Index population, Index count);

  std::array<std::uint32_t, size> state_{};
  std::size_t position_ = size;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/python_random.ipp>
#endif
