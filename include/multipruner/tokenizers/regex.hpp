#pragma once

// Whoever includes this header may have chosen another width, so only the suffixed names are used here.
#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <pcre2.h>

#include <multipruner/core/error.hpp>
#include <multipruner/tokenizers/regex_syntax.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::detail {

/// A compiled regular expression over UTF-8, in the syntax that tokenizer.json uses (Oniguruma's). Copies
/// are cheap, and threads may share one.
class Regex {
 public:
  /// @throws UnsupportedError where the pattern uses what this library does not translate.
  Regex(std::string_view pattern, const std::string& where)
      : where_(where), code_(compile(pcre_pattern(pattern, where), where)), limits_(make_limits()) {
    // Without a just-in-time compiler for the machine, PCRE2 interprets; the matches are the same.
    pcre2_jit_compile_8(code_.get(), PCRE2_JIT_COMPLETE);
  }

  /// Calls `visit(begin, end)` for the leftmost matches of a valid text, in order and without overlap. An
  /// empty match directly behind another match is passed over.
  template <class Visit>
  void for_each_match(std::string_view text, Visit&& visit) const {
    const std::unique_ptr<pcre2_match_data_8, decltype(&pcre2_match_data_free_8)> match(
        pcre2_match_data_create_8(1, nullptr), &pcre2_match_data_free_8);
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer_8(match.get());
    std::size_t last_end = std::numeric_limits<std::size_t>::max();
    for (std::size_t position = 0; position <= text.size();) {
      if (!search(text, position, match.get())) return;
      const std::size_t begin = offsets[0], end = offsets[1];
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
  using Limits = std::shared_ptr<pcre2_match_context_8>;

  static Code compile(const std::string& pattern, const std::string& where) {
    const std::unique_ptr<pcre2_compile_context_8, decltype(&pcre2_compile_context_free_8)> context(
        pcre2_compile_context_create_8(nullptr), &pcre2_compile_context_free_8);
    pcre2_set_newline_8(context.get(), PCRE2_NEWLINE_LF);
    int error = 0;
    PCRE2_SIZE offset = 0;
    const auto options = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE;  // in Ruby's syntax ^ and $ mean lines
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

  // The default limits guard against patterns of strangers; here a long run of spaces must not meet them.
  static Limits make_limits() {
    Limits limits(pcre2_match_context_create_8(nullptr), &pcre2_match_context_free_8);
    constexpr auto unlimited = std::numeric_limits<std::uint32_t>::max();
    pcre2_set_match_limit_8(limits.get(), unlimited);
    pcre2_set_depth_limit_8(limits.get(), unlimited);
    pcre2_set_heap_limit_8(limits.get(), unlimited);
    return limits;
  }

  [[nodiscard]] bool search(std::string_view text, std::size_t from, pcre2_match_data_8* match) const {
    const auto run = [&](std::uint32_t options) {
      // The text is known to be valid; checking it again for every match would cost quadratic time.
      return pcre2_match_8(code_.get(), reinterpret_cast<PCRE2_SPTR8>(text.data()), text.size(), from,
                           options | PCRE2_NO_UTF_CHECK, match, limits_.get());
    };
    int result = run(0);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = run(PCRE2_NO_JIT);  // the interpreter uses the heap instead
    if (result == PCRE2_ERROR_NOMATCH) return false;
    if (result < 0) {
      throw DataError(where_, "a regular expression failed on a text: " + error_message(result),
                      "Encode the text in smaller pieces");
    }
    return true;
  }

  static std::string error_message(int error) {
    std::array<PCRE2_UCHAR8, 256> message{};
    pcre2_get_error_message_8(error, message.data(), message.size());
    return reinterpret_cast<const char*>(message.data());
  }

  std::string where_;
  Code code_;
  Limits limits_;
};

}  // namespace multipruner::detail
