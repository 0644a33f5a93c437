// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <numeric>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/numpy_random.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE SeedSequence::SeedSequence(std::uint64_t seed) {
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

MULTIPRUNER_INLINE std::uint32_t SeedSequence::scramble(std::uint32_t value, std::uint32_t& hash,
                                                        std::uint32_t multiplier) {
  value ^= hash;
  hash *= multiplier;
  value *= hash;
  return value ^ value >> 16;
}

MULTIPRUNER_INLINE std::uint32_t SeedSequence::mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t value = 0xca01f9ddU * x - 0x4973f715U * y;
  return value ^ value >> 16;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE NumpyRandom::NumpyRandom(std::uint64_t seed) {
  const auto words = detail::SeedSequence(seed).generate<4>();
  increment_ = join(words[2], words[3]) << 1 | 1;
  advance();
  state_ += join(words[0], words[1]);
  advance();
}

MULTIPRUNER_INLINE std::uint64_t NumpyRandom::next_uint64() {
  advance();
  const auto high = static_cast<std::uint64_t>(state_ >> 64);
  const auto low = static_cast<std::uint64_t>(state_);
  return std::rotr(high ^ low, static_cast<int>(state_ >> 122));
}

MULTIPRUNER_INLINE std::uint32_t NumpyRandom::next_uint32() {
  if (upper_half_) return *std::exchange(upper_half_, std::nullopt);
  const std::uint64_t word = next_uint64();
  upper_half_ = static_cast<std::uint32_t>(word >> 32);
  return static_cast<std::uint32_t>(word);
}

MULTIPRUNER_INLINE std::vector<Index> NumpyRandom::permutation(Index count) {
  if (count < 0)
    throw OptionError("permutation", "there are no " + std::to_string(count) + " numbers", "Ask for 0 or more");
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index{0});
  for (std::size_t last = order.size(); last-- > 1;) std::swap(order[last], order[up_to(last)]);
  return order;
}

MULTIPRUNER_INLINE std::uint64_t NumpyRandom::up_to(std::uint64_t limit) {
  if (limit == 0) return 0;
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(limit);
  const bool fits = limit <= 0xffffffff;
  for (;;) {
    const std::uint64_t draw = (fits ? next_uint32() : next_uint64()) & mask;
    if (draw <= limit) return draw;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
