// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/tokenizers/regex_syntax.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Rewrites a pattern from Oniguruma's syntax, which tokenizer.json uses, into PCRE2's, where the two differ:
/// `\s` is the property White_Space (PCRE2 adds U+180E), `\w` counts marks and whatever is alphabetic, `\v`
/// is one character, `\uHHHH` is a character. Whatever PCRE2 would silently read in another sense is refused.
class PatternTranslator {
 public:
  PatternTranslator(std::string_view pattern, std::string where) : pattern_(pattern), where_(std::move(where)) {}

  [[nodiscard]] std::string translate() {
    std::string result;
    bool in_class = false;
    for (position_ = 0; position_ < pattern_.size(); ++position_) {
      const char c = pattern_[position_];
      if (c == '\\') {
        result += escape(in_class);
      } else if (in_class) {
        if (c == '[') refuse("a character class inside another");
        if (pattern_.substr(position_, 2) == "&&") refuse("the intersection of character classes");
        in_class = c != ']';
        result += c;
      } else {
        if (c == '[') in_class = true;
        if (pattern_.substr(position_, 2) == "(?") refuse_multiline_option();
        result += c;
      }
    }
    return result;
  }

 private:
  // Translates the escape at the position and leaves the position on its last character.
  std::string escape(bool in_class) {
    if (++position_ == pattern_.size()) refuse("a backslash at the end");
    const char c = pattern_[position_];
    switch (c) {
      case 's':
        return "\\p{White_Space}";
      case 'S':
        return "\\P{White_Space}";
      case 'w':
        return in_class ? std::string(word) : "[" + std::string(word) + "]";
      case 'W':
        if (in_class) refuse("\\W inside a character class");
        return "[^" + std::string(word) + "]";
      case 'v':
        return "\\x0B";
      case 'u':
        return unicode_escape();
      default:
        break;
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter && std::string_view("nrtfaepPdDxAzZ").find(c) == std::string_view::npos) {
      refuse("the escape \\" + std::string(1, c));
    }
    return {'\\', c};
  }

  std::string unicode_escape() {
    const std::string digits(pattern_.substr(position_ + 1, 4));
    if (digits.size() != 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      refuse("\\u without four hexadecimal digits");
    }
    position_ += 4;
    return "\\x{" + digits + "}";
  }

  // In Ruby's syntax the option m lets the dot match a line feed, in Perl's it is about ^ and $.
  void refuse_multiline_option() const {
    const auto options = pattern_.substr(position_ + 2);
    const auto end = options.find_first_not_of("imxsua-");
    if (options.substr(0, end).find('m') != std::string_view::npos) refuse("the option (?m)");
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw UnsupportedError(where_, "the regular expression \"" + std::string(pattern_) + "\" uses " + what,
                           "Rewrite the pattern without it");
  }

  // What Oniguruma takes for a word character; below U+0100 it has a table of its own, with ², ³, ¹, ¼, ½ and
  // ¾.
  static constexpr std::string_view word = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\xB2\xB3\xB9\xBC-\xBE)";

  std::string_view pattern_;
  std::string where_;
  std::size_t position_ = 0;
};

MULTIPRUNER_INLINE std::string pcre_pattern(std::string_view pattern, const std::string& where) {
  return PatternTranslator(pattern, where).translate();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
