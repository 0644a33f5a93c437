// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// All 16 hexadecimal digits of a word.
[[nodiscard]] std::string hexadecimal(std::uint64_t word);

/// A 64-bit checksum of bytes, to notice damage and changes; no protection against intent.
///
/// FNV-1a over words of eight bytes instead of single ones, with the high bits mixed back into the low ones; the last
/// word is filled up with zeros, and the number of bytes goes in at the end. Source of FNV-1a: RFC 9923.
class Fingerprint {
 public:
  Fingerprint& add(const void* data, Index size);

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

  static std::uint64_t load(const char* data, Index size);

  void mix(std::uint64_t word);

  std::uint64_t state_ = 0xcbf29ce484222325u;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/fingerprint.ipp>
#endif
