// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <multipruner/core/error.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE Utf8Sequence first_utf8_sequence(std::string_view text) {
  const std::size_t size = utf8_sequence_size(text);
  if (size != 0) return {size, true};
  // The longest prefix that some continuation would complete.
  for (std::size_t length = std::min<std::size_t>(3, text.size()); length > 1; --length) {
    for (const char* rest : {"\x80", "\x80\x80"}) {
      const auto completed = std::string(text.substr(0, length)) + rest;
      if (utf8_sequence_size(completed) == completed.size()) return {length, false};
    }
  }
  return {1, false};
}

MULTIPRUNER_INLINE bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

MULTIPRUNER_INLINE std::string replace_invalid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [length, valid] = first_utf8_sequence(text);
    result.append(valid ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD"));
    text.remove_prefix(length);
  }
  return result;
}

MULTIPRUNER_INLINE utf8proc_int32_t first_character(std::string_view text) {
  utf8proc_int32_t character = 0;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &character);
  return character;
}

MULTIPRUNER_INLINE std::string_view last_sequence(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return text.substr(begin);
}

MULTIPRUNER_INLINE bool is_white_space(utf8proc_int32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

MULTIPRUNER_INLINE bool is_word_character(utf8proc_int32_t c) {
  const auto category = utf8proc_category(c);
  const bool letter_mark_or_digit = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL;
  const bool enclosed_letter = (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
                               (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
  return letter_mark_or_digit || enclosed_letter || category == UTF8PROC_CATEGORY_PC || c == 0x200C || c == 0x200D;
}

MULTIPRUNER_INLINE std::size_t skip_white_space_backward(std::string_view text, std::size_t position) {
  while (position > 0) {
    const auto sequence = last_sequence(text.substr(0, position));
    if (!is_white_space(first_character(sequence))) break;
    position -= sequence.size();
  }
  return position;
}

MULTIPRUNER_INLINE std::size_t skip_white_space(std::string_view text, std::size_t position) {
  while (position < text.size()) {
    const auto rest = text.substr(position);
    if (!is_white_space(first_character(rest))) break;
    position += first_utf8_sequence(rest).length;
  }
  return position;
}

MULTIPRUNER_INLINE std::string with_replaced(std::string_view text, std::string_view old, std::string_view with) {
  std::string result;
  result.reserve(text.size());
  for (;;) {
    const std::size_t at = text.find(old);
    result += text.substr(0, at);
    if (at == std::string_view::npos) return result;
    result += with;
    text.remove_prefix(at + old.size());
  }
}

MULTIPRUNER_INLINE std::string normalize(std::string_view text, NormalizationForm form) {
  if (is_ascii(text)) return std::string(text);
  const bool composed = form == NormalizationForm::nfc || form == NormalizationForm::nfkc;
  const bool compatible = form == NormalizationForm::nfkc || form == NormalizationForm::nfkd;
  const int options =
      UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) | (compatible ? UTF8PROC_COMPAT : 0);
  utf8proc_uint8_t* mapped = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length < 0) {
    throw DataError("normalization of Unicode", std::string("utf8proc says: ") + utf8proc_errmsg(length),
                    "Encode the text in smaller pieces");
  }
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length)};
}

MULTIPRUNER_INLINE std::string normalize_nfc(std::string_view text) {
  return normalize(text, NormalizationForm::nfc);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
