// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How byte-level vocabularies spell bytes (GPT-2's `bytes_to_unicode`): a printable Latin-1 character stands
/// for its own byte, the other bytes take the characters from U+0100 on in turn. A space is "Ġ", a line feed
/// "Ċ".
class ByteAlphabet {
 public:
  constexpr ByteAlphabet() {
    unsigned next = 256;
    bytes_.fill(-1);
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      const unsigned character = printable ? byte : next++;
      characters_[byte] = static_cast<unsigned short>(character);
      bytes_[character] = static_cast<short>(byte);
    }
  }

  /// The UTF-8 spelling of bytes.
  [[nodiscard]] std::string spell(std::string_view bytes) const;

  /// The bytes that a UTF-8 token spells; nothing where it holds a character outside the alphabet.
  [[nodiscard]] std::optional<std::string> bytes(std::string_view token) const;

 private:
  std::array<unsigned short, 256> characters_{};
  std::array<short, 0x144> bytes_{};
};

inline constexpr ByteAlphabet byte_alphabet{};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/byte_alphabet.ipp>
#endif
