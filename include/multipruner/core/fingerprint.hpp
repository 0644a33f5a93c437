#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <multipruner/core/types.hpp>

namespace multipruner {

/// All 16 hexadecimal digits of a word.
[[nodiscard]] inline std::string hexadecimal(std::uint64_t word) {
  std::string digits(16, '0');
  for (std::size_t i = digits.size(); word != 0; word >>= 4) digits[--i] = "0123456789abcdef"[word & 0xf];
  return digits;
}

/// A 64-bit checksum of bytes, to notice damage and changes; no protection against intent.
///
/// FNV-1a over words of eight bytes instead of single ones, with the high bits mixed back into the low ones; the last
/// word is filled up with zeros, and the number of bytes goes in at the end. Source of FNV-1a: RFC 9923.
class Fingerprint {
 public:
  Fingerprint& add(const void* data, Index size) {
    const char* next = static_cast<const char*>(data);
    Index left = size;
    for (; left >= word_bytes; left -= word_bytes, next += word_bytes) mix(load(next, word_bytes));
    if (left > 0) mix(load(next, left));
    mix(static_cast<std::uint64_t>(size));
    return *this;
  }

  Fingerprint& add(std::string_view text) { return add(text.data(), static_cast<Index>(text.size())); }

  template <class T>
  Fingerprint& add(std::span<const T> values) {
    return add(values.data(), static_cast<Index>(values.size_bytes()));
  }

  [[nodiscard]] std::uint64_t value() const { return state_; }

  /// 16 hexadecimal digits.
  [[nodiscard]] std::string text() const { return hexadecimal(state_); }

 private:
  static constexpr Index word_bytes = 8;

  static std::uint64_t load(const char* data, Index size) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, static_cast<std::size_t>(size));
    return word;
  }

  void mix(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x100000001b3u;
    state_ ^= state_ >> 32;
  }

  std::uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace multipruner
