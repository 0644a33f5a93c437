// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// NumPy's SeedSequence for one non-negative integer: four pool words into which every bit of the seed is
/// mixed. Source: numpy/random/bit_generator.pyx, after M. E. O'Neill, "Developing a seed_seq alternative"
/// (2015).
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t seed);

  /// `generate_state(Count, np.uint64)`.
  template <std::size_t Count>
  [[nodiscard]] std::array<std::uint64_t, Count> generate() const {
    std::array<std::uint64_t, Count> words{};
    std::uint32_t hash = 0x8b51f9dd;
    for (std::size_t i = 0; i < 2 * Count; ++i) {
      const std::uint64_t half = scramble(pool_[i % pool_size], hash, 0x58f38ded);
      words[i / 2] |= half << (i % 2 * 32);
    }
    return words;
  }

 private:
  static constexpr std::size_t pool_size = 4;

  static std::uint32_t scramble(std::uint32_t value, std::uint32_t& hash, std::uint32_t multiplier);

  static std::uint32_t mix(std::uint32_t x, std::uint32_t y);

  std::array<std::uint32_t, pool_size> pool_{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// The generator that NumPy's `default_rng(seed)` returns, bit for bit: PCG64 (XSL-RR 128/64) seeded by
/// SeedSequence.
///
/// Hugging Face `datasets` splits with it, so it is what makes published calibration sets reproducible.
/// Source: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
/// Random Number Generation" (2014); numpy/random/src/pcg64, numpy/random/_generator.pyx.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint64_t seed);

  /// `bit_generator.random_raw()`. Leaves a buffered 32-bit half where it is, as NumPy does.
  std::uint64_t next_uint64();

  /// The lower half of the next 64-bit word, then its upper half.
  std::uint32_t next_uint32();

  /// `random()`: uniform in [0, 1) with 53 bits.
  double uniform() { return static_cast<double>(next_uint64() >> 11) * 0x1p-53; }

  /// `permutation(count)`: the numbers 0 … count − 1 in random order (Fisher–Yates from the top).
  /// @throws OptionError for a count below 0.
  std::vector<Index> permutation(Index count);

 private:
  __extension__ using Uint128 = unsigned __int128;

  static Uint128 join(std::uint64_t high, std::uint64_t low) { return static_cast<Uint128>(high) << 64 | low; }

  void advance() { state_ = state_ * join(0x2360ed051fc65da4, 0x4385df649fccf645) + increment_; }

  /// Uniform in [0, limit]: words are cut to as many bits as `limit` has and drawn again while they exceed
  /// it.
  std::uint64_t up_to(std::uint64_t limit);

  Uint128 state_ = 0;
  Uint128 increment_ = 0;
  std::optional<std::uint32_t> upper_half_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/numpy_random.ipp>
#endif
