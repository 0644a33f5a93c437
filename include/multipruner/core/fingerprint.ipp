// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/core/fingerprint.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE std::string hexadecimal(std::uint64_t word) {
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); word != 0; word >>= 4) digits[--i] = "0123456789abcdef"[word & 0xf];
  return digits;
}

MULTIPRUNER_INLINE Fingerprint& Fingerprint::add(const void* data, Index size) {
  const char* next = static_cast<const char*>(data);
  Index left = size;
  for (; left >= word_bytes; left -= word_bytes, next += word_bytes) mix(load(next, word_bytes));
  if (left > 0) mix(load(next, left));
  mix(static_cast<std::uint64_t>(size));
  return *this;
}

MULTIPRUNER_INLINE std::uint64_t Fingerprint::load(const char* data, Index size) {
  std::uint64_t word = 0;
  std::memcpy(&word, data, static_cast<std::size_t>(size));
  return word;
}

MULTIPRUNER_INLINE void Fingerprint::mix(std::uint64_t word) {
  state_ = (state_ ^ word) * 0x100000001b3u;
  state_ ^= state_ >> 32;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
