#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace multipruner::detail {

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
  [[nodiscard]] std::string spell(std::string_view bytes) const {
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

  /// The bytes that a UTF-8 token spells; nothing where it holds a character outside the alphabet.
  [[nodiscard]] std::optional<std::string> bytes(std::string_view token) const {
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

 private:
  std::array<unsigned short, 256> characters_{};
  std::array<short, 0x144> bytes_{};
};

inline constexpr ByteAlphabet byte_alphabet{};

}  // namespace multipruner::detail
