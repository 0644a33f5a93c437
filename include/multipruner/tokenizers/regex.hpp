// SPDX-License-Identifier: MIT
#pragma once

// Whoever includes this header may have chosen another width, so only the suffixed names are used here.
#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <pcre2.h>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/bounded_search.hpp>
#include <multipruner/tokenizers/regex_syntax.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A compiled regular expression over UTF-8, in the syntax that tokenizer.json uses (Oniguruma's). Copies
/// are cheap, and threads may share one.
class Regex {
 public:
  /// @throws UnsupportedError where the pattern uses what this library does not translate, or is longer than any
  /// that a tokenizer has.
  Regex(std::string_view pattern, const std::string& where)
      : where_(where), code_(compile(pcre_pattern(checked_length(pattern, where), where), where)) {
    // Without a just-in-time compiler for the machine, PCRE2 interprets; the matches are the same.
    pcre2_jit_compile_8(code_.get(), PCRE2_JIT_COMPLETE);
  }

  /// Calls `visit(begin, end)` for the leftmost matches of a valid text, in order and without overlap. An
  /// empty match directly behind another match is passed over.
  /// @throws DataError where the search takes more steps than a text of this length may take (BoundedSearch), or more
  /// than a gibibyte of memory.
  template <class Visit>
  void for_each_match(std::string_view text, Visit&& visit) const {
    BoundedSearch search(*code_, text);
    std::size_t last_end = std::numeric_limits<std::size_t>::max();
    for (std::size_t position = 0; position <= text.size();) {
      const int result = search.find(position);
      if (result == PCRE2_ERROR_NOMATCH) return;
      if (result < 0) fail(result, text);
      const std::size_t begin = search.begin(), end = search.end();
      if (begin == end && end == last_end) {
        position = end < text.size() ? end + first_utf8_sequence(text.substr(end)).length : end + 1;
        continue;
      }
      visit(begin, end);
      position = last_end = end;
    }
  }

 private:
  using Code = std::shared_ptr<pcre2_code_8>;

  static std::string_view checked_length(std::string_view pattern, const std::string& where) {
    constexpr std::size_t longest = 65536;
    if (pattern.size() <= longest) return pattern;
    throw UnsupportedError(where,
                           "a regular expression of " + std::to_string(pattern.size()) + " bytes is longer than " +
                               std::to_string(longest) + ", the most that is supported",
                           "Use a tokenizer with a shorter one");
  }

  static Code compile(const std::string& pattern, const std::string& where) {
    const std::unique_ptr<pcre2_compile_context_8, decltype(&pcre2_compile_context_free_8)> context(
        pcre2_compile_context_create_8(nullptr), &pcre2_compile_context_free_8);
    pcre2_set_newline_8(context.get(), PCRE2_NEWLINE_LF);
    int error = 0;
    PCRE2_SIZE offset = 0;
    const auto options =
        PCRE2_UTF | PCRE2_UCP | PCRE2_USE_OFFSET_LIMIT | PCRE2_MULTILINE;  // in Ruby's syntax ^ and $ mean lines
    Code code(pcre2_compile_8(reinterpret_cast<PCRE2_SPTR8>(pattern.data()), pattern.size(), options, &error, &offset,
                              context.get()),
              &pcre2_code_free_8);
    if (!code) {
      throw UnsupportedError(where,
                             "the regular expression \"" + pattern + "\" is refused at offset " +
                                 std::to_string(offset) + ": " + error_message(error),
                             "Correct the pattern, or use a tokenizer with another one");
    }
    return code;
  }

  [[noreturn]] void fail(int error, std::string_view text) const {
    const std::string size = " on a text of " + std::to_string(text.size()) + " bytes";
    const std::string remedy = "Use a tokenizer with another pattern, or encode the text in smaller pieces";
    if (error == PCRE2_ERROR_MATCHLIMIT) {
      throw DataError(where_,
                      "the regular expression takes more than the " +
                          std::to_string(BoundedSearch::allowed_steps(text)) + " steps that are allowed it" + size,
                      remedy);
    }
    throw DataError(where_, "the regular expression failed" + size + ": " + error_message(error), remedy);
  }

  static std::string error_message(int error) {
    std::array<PCRE2_UCHAR8, 256> message{};
    pcre2_get_error_message_8(error, message.data(), message.size());
    return reinterpret_cast<const char*>(message.data());
  }

  std::string where_;
  Code code_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
