// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Bytes of the well-formed UTF-8 sequence that `text` (not empty) begins with; 0 where it begins with none.
[[nodiscard]] constexpr std::size_t utf8_sequence_size(std::string_view text) {
  struct Form {
    unsigned char first_lead, last_lead, first_second, last_second;
    std::size_t size;
  };
  // Table 3-7 of the Unicode Standard. The second byte rules out overlong forms, surrogates and all above
  // U+10FFFF.
  constexpr std::array<Form, 9> forms{{{0x00, 0x7f, 0x00, 0xff, 1},
                                       {0xc2, 0xdf, 0x80, 0xbf, 2},
                                       {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                       {0xe1, 0xec, 0x80, 0xbf, 3},
                                       {0xed, 0xed, 0x80, 0x9f, 3},
                                       {0xee, 0xef, 0x80, 0xbf, 3},
                                       {0xf0, 0xf0, 0x90, 0xbf, 4},
                                       {0xf1, 0xf3, 0x80, 0xbf, 4},
                                       {0xf4, 0xf4, 0x80, 0x8f, 4}}};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (const Form& form : forms) {
    if (byte(0) < form.first_lead || byte(0) > form.last_lead) continue;
    if (form.size == 1) return 1;
    if (text.size() < form.size || byte(1) < form.first_second || byte(1) > form.last_second) return 0;
    for (std::size_t i = 2; i < form.size; ++i) {
      if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
    }
    return form.size;
  }
  return 0;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Position of the first byte that is not part of well-formed UTF-8 (Unicode Standard, table 3-7); none in
/// good text.
[[nodiscard]] constexpr std::optional<Index> find_invalid_utf8(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t size = detail::utf8_sequence_size(text.substr(position));
    if (size == 0) return static_cast<Index>(position);
    position += size;
  }
  return std::nullopt;
}

/// Unicode characters (code points) of well-formed UTF-8.
[[nodiscard]] constexpr Index count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xc0) != 0x80; });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
