// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>

#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/byte_alphabet.hpp>
#include <multipruner/tokenizers/decoder.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string Decoder::decode(Pieces tokens) const {
  if (!steps_) return join(tokens, " ");
  for (const Step& step : *steps_) {
    std::visit([&](const auto& known) { run(known, tokens); }, step);
  }
  return join(tokens, "");
}

MULTIPRUNER_INLINE std::string Decoder::join(const Pieces& pieces, std::string_view separator) {
  std::string text;
  for (const std::string& piece : pieces) {
    if (&piece != pieces.data()) text += separator;
    text += piece;
  }
  return text;
}

MULTIPRUNER_INLINE void Decoder::run(ByteLevel, Pieces& pieces) {
  std::string bytes;
  for (const std::string& piece : pieces) bytes += byte_alphabet.bytes(piece).value_or(piece);
  pieces = {find_invalid_utf8(bytes) ? replace_invalid_utf8(bytes) : bytes};
}

MULTIPRUNER_INLINE void Decoder::run(ByteFallback, Pieces& pieces) {
  Pieces result;
  std::string bytes;
  const auto flush = [&] {
    if (bytes.empty()) return;
    if (find_invalid_utf8(bytes)) {
      result.insert(result.end(), bytes.size(), "\xEF\xBF\xBD");
    } else {
      result.push_back(bytes);
    }
    bytes.clear();
  };
  for (std::string& piece : pieces) {
    if (const auto byte = byte_of(piece)) {
      bytes += *byte;
    } else {
      flush();
      result.push_back(std::move(piece));
    }
  }
  flush();
  pieces = std::move(result);
}

MULTIPRUNER_INLINE std::optional<char> Decoder::byte_of(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || !token.ends_with('>')) return std::nullopt;
  const std::string digits = token.substr(3, 2);
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
  return static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16));
}

MULTIPRUNER_INLINE void Decoder::run(const Strip& strip, Pieces& pieces) {
  for (std::string& piece : pieces) {
    std::string_view rest = piece;
    for (std::size_t i = 0; i < strip.start && rest.starts_with(strip.content); ++i) {
      rest.remove_prefix(strip.content.size());
    }
    for (std::size_t i = 0; i < strip.stop && rest.ends_with(strip.content); ++i) {
      rest.remove_suffix(strip.content.size());
    }
    piece = std::string(rest);
  }
}

MULTIPRUNER_INLINE void Decoder::run(const Metaspace& metaspace, Pieces& pieces) {
  for (std::string& piece : pieces) {
    const bool first = &piece == pieces.data();
    piece = with_replaced(piece, metaspace.replacement, first && metaspace.prepended ? "" : " ");
  }
}

MULTIPRUNER_INLINE void Decoder::run(const Replacement& replacement, Pieces& pieces) {
  for (std::string& piece : pieces) piece = replacement.apply(piece);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
