// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <utf8proc.h>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What stands at the beginning of a byte string: one character, or the longest piece of one that breaks off.
struct Utf8Sequence {
  std::size_t length;
  bool valid;
};

/// Reads one UTF-8 sequence of a text that is not empty (Unicode Standard, table 3-7).
[[nodiscard]] Utf8Sequence first_utf8_sequence(std::string_view text);

[[nodiscard]] bool is_ascii(std::string_view text);

/// The text with every maximal invalid piece replaced by U+FFFD, the practice of Unicode 15, section 3.9, of
/// Python and of Rust.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

/// The first character of a valid text that is not empty.
[[nodiscard]] utf8proc_int32_t first_character(std::string_view text);

/// The bytes of the last character of a valid text that is not empty.
[[nodiscard]] std::string_view last_sequence(std::string_view text);

/// The Unicode property White_Space.
[[nodiscard]] bool is_white_space(utf8proc_int32_t c);

/// A character of a word in the sense of Unicode TR18, annex C (the `\w` of Rust's regular expressions):
/// Alphabetic, marks, decimal digits, connectors and joiners.
[[nodiscard]] bool is_word_character(utf8proc_int32_t c);

/// Where the white space in front of a position begins, in a valid text.
[[nodiscard]] std::size_t skip_white_space_backward(std::string_view text, std::size_t position);

/// Where the white space from a position on ends, in a valid text.
[[nodiscard]] std::size_t skip_white_space(std::string_view text, std::size_t position);

/// The text with every occurrence of another, which is not empty, replaced.
[[nodiscard]] std::string with_replaced(std::string_view text, std::string_view old, std::string_view with);

/// The normalization forms of Unicode (UAX #15).
enum class NormalizationForm { nfc, nfd, nfkc, nfkd };

/// A valid text in a normalization form.
[[nodiscard]] std::string normalize(std::string_view text, NormalizationForm form);

/// The normalization form C of a valid text.
[[nodiscard]] std::string normalize_nfc(std::string_view text);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/unicode.ipp>
#endif
