// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/tokenizers/byte_alphabet.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string ByteAlphabet::spell(std::string_view bytes) const {
  std::string token;
  token.reserve(bytes.size() + bytes.size() / 2);
  for (const char byte : bytes) {
    const unsigned character = characters_[static_cast<unsigned char>(byte)];
    if (character < 0x80) {
      token.push_back(static_cast<char>(character));
    } else {
      token.push_back(static_cast<char>(0xC0U | (character >> 6U)));
      token.push_back(static_cast<char>(0x80U | (character & 0x3FU)));
    }
  }
  return token;
}

MULTIPRUNER_INLINE std::optional<std::string> ByteAlphabet::bytes(std::string_view token) const {
  std::string result;
  result.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::size_t character = static_cast<unsigned char>(token[i]);
    if (character >= 0x80) {
      // The alphabet ends below U+0144, so its characters take two bytes at most.
      if ((character & 0xE0U) != 0xC0U || i + 1 == token.size()) return std::nullopt;
      character = (character & 0x1FU) << 6U | (static_cast<unsigned char>(token[++i]) & 0x3FU);
    }
    if (character >= bytes_.size() || bytes_[character] < 0) return std::nullopt;
    result.push_back(static_cast<char>(bytes_[character]));
  }
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
