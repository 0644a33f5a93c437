#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

namespace detail {

/// NumPy's SeedSequence for one non-negative integer: four pool words into which every bit of the seed is
/// mixed. Source: numpy/random/bit_generator.pyx, after M. E. O'Neill, "Developing a seed_seq alternative"
/// (2015).
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t seed) {
    const std::array<std::uint32_t, pool_size> entropy{static_cast<std::uint32_t>(seed),
                                                       static_cast<std::uint32_t>(seed >> 32)};
    std::uint32_t hash = 0x43b0d7e5;
    for (std::size_t i = 0; i < pool_size; ++i) pool_[i] = scramble(entropy[i], hash, 0x931e8875);
    for (std::size_t source = 0; source < pool_size; ++source) {
      for (std::size_t target = 0; target < pool_size; ++target) {
        if (source != target) pool_[target] = mix(pool_[target], scramble(pool_[source], hash, 0x931e8875));
      }
    }
  }

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

  static std::uint32_t scramble(std::uint32_t value, std::uint32_t& hash, std::uint32_t multiplier) {
    value ^= hash;
    hash *= multiplier;
    value *= hash;
    return value ^ value >> 16;
  }

  static std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t value = 0xca01f9ddU * x - 0x4973f715U * y;
    return value ^ value >> 16;
  }

  std::array<std::uint32_t, pool_size> pool_{};
};

}  // namespace detail

/// The generator that NumPy's `default_rng(seed)` returns, bit for bit: PCG64 (XSL-RR 128/64) seeded by
/// SeedSequence.
///
/// Hugging Face `datasets` splits with it, so it is what makes published calibration sets reproducible.
/// Source: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
/// Random Number Generation" (2014); numpy/random/src/pcg64, numpy/random/_generator.pyx.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint64_t seed) {
    const auto words = detail::SeedSequence(seed).generate<4>();
    increment_ = join(words[2], words[3]) << 1 | 1;
    advance();
    state_ += join(words[0], words[1]);
    advance();
  }

  /// `bit_generator.random_raw()`. Leaves a buffered 32-bit half where it is, as NumPy does.
  std::uint64_t next_uint64() {
    advance();
    const auto high = static_cast<std::uint64_t>(state_ >> 64);
    const auto low = static_cast<std::uint64_t>(state_);
    return std::rotr(high ^ low, static_cast<int>(state_ >> 122));
  }

  /// The lower half of the next 64-bit word, then its upper half.
  std::uint32_t next_uint32() {
    if (upper_half_) return *std::exchange(upper_half_, std::nullopt);
    const std::uint64_t word = next_uint64();
    upper_half_ = static_cast<std::uint32_t>(word >> 32);
    return static_cast<std::uint32_t>(word);
  }

  /// `random()`: uniform in [0, 1) with 53 bits.
  double uniform() { return static_cast<double>(next_uint64() >> 11) * 0x1p-53; }

  /// `permutation(count)`: the numbers 0 … count − 1 in random order (Fisher–Yates from the top).
  /// @throws OptionError for a count below 0.
  std::vector<Index> permutation(Index count) {
    if (count < 0)
      throw OptionError("permutation", "there are no " + std::to_string(count) + " numbers", "Ask for 0 or more");
    std::vector<Index> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), Index{0});
    for (std::size_t last = order.size(); last-- > 1;) std::swap(order[last], order[up_to(last)]);
    return order;
  }

 private:
  __extension__ using Uint128 = unsigned __int128;

  static Uint128 join(std::uint64_t high, std::uint64_t low) { return static_cast<Uint128>(high) << 64 | low; }

  void advance() { state_ = state_ * join(0x2360ed051fc65da4, 0x4385df649fccf645) + increment_; }

  /// Uniform in [0, limit]: words are cut to as many bits as `limit` has and drawn again while they exceed
  /// it.
  std::uint64_t up_to(std::uint64_t limit) {
    if (limit == 0) return 0;
    const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(limit);
    const bool fits = limit <= 0xffffffff;
    for (;;) {
      const std::uint64_t draw = (fits ? next_uint32() : next_uint64()) & mask;
      if (draw <= limit) return draw;
    }
  }

  Uint128 state_ = 0;
  Uint128 increment_ = 0;
  std::optional<std::uint32_t> upper_half_;
};

}  // namespace multipruner
