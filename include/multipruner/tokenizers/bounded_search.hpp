// SPDX-License-Identifier: MIT
#pragma once

// Whoever includes this header may have chosen another width, so only the suffixed names are used here.
#ifndef PCRE2_CODE_UNIT_WIDTH
#define PCRE2_CODE_UNIT_WIDTH 8
#endif
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include <pcre2.h>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Searches one text for a compiled regular expression, with a bound on the work, because the patterns of strangers
/// may take time that is exponential in the length of a text.
///
/// PCRE2 counts its steps anew at each position where it tries to match. Hardly any pattern takes many of them, but a
/// long run of spaces may take a few for each. So positions are tried many at once with a small limit; those that
/// exceed it one by one, with larger limits, which come out of what the whole text may take. The outcome depends
/// on pattern and text alone.
class BoundedSearch {
 public:
  /// @param text  valid UTF-8
  BoundedSearch(const pcre2_code_8& code, std::string_view text)
      : code_(&code),
        text_(text),
        match_(pcre2_match_data_create_8(1, nullptr), &pcre2_match_data_free_8),
        limits_(pcre2_match_context_create_8(nullptr), &pcre2_match_context_free_8),
        left_(allowed_steps(text)) {
    pcre2_set_heap_limit_8(limits_.get(), heap_kibibytes);
  }

  /// The steps that positions which take many may take together.
  [[nodiscard]] static std::uint64_t allowed_steps(std::string_view text) { return 10'000'000 + 64 * text.size(); }

  /// Looks for the leftmost match that begins at `from` or behind it, which must be the beginning of a character.
  /// @returns 1, PCRE2_ERROR_NOMATCH, or what went wrong: PCRE2_ERROR_MATCHLIMIT where it takes too many steps,
  /// PCRE2_ERROR_HEAPLIMIT where too much memory.
  [[nodiscard]] int find(std::size_t from) {
    for (;;) {
      const std::size_t last = std::min(text_.size(), from + positions_ - 1);
      int result = run(from, last, usual_steps);
      if (!is_limit(result)) {
        positions_ = std::min(2 * positions_, most_positions);
      } else if (positions_ > 1) {
        positions_ = 1;
        continue;
      } else {
        result = find_with_many_steps(from);
      }
      if (result != PCRE2_ERROR_NOMATCH) return result;
      if (last >= text_.size()) return PCRE2_ERROR_NOMATCH;
      from = last + 1;
      while (from < text_.size() && (static_cast<unsigned char>(text_[from]) & 0xC0U) == 0x80U) ++from;
    }
  }

  /// Where the match begins, and ends.
  [[nodiscard]] std::size_t begin() const { return pcre2_get_ovector_pointer_8(match_.get())[0]; }
  [[nodiscard]] std::size_t end() const { return pcre2_get_ovector_pointer_8(match_.get())[1]; }

 private:
  static constexpr std::uint32_t usual_steps = 2000;
  static constexpr std::size_t most_positions = 65536;
  static constexpr std::uint32_t heap_kibibytes = 1U << 20U;  // the interpreter's; compiled patterns use a small stack

  static bool is_limit(int result) { return result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT; }

  int find_with_many_steps(std::size_t position) {
    for (std::uint64_t steps = 4 * usual_steps; left_ > 0; steps *= 4) {
      steps = std::min({steps, left_, std::uint64_t{std::numeric_limits<std::uint32_t>::max()}});
      left_ -= steps;
      const int result = run(position, position, static_cast<std::uint32_t>(steps));
      if (!is_limit(result)) return result;
    }
    return PCRE2_ERROR_MATCHLIMIT;
  }

  // Tries the positions from the first to the last.
  int run(std::size_t first, std::size_t last, std::uint32_t steps) {
    pcre2_set_offset_limit_8(limits_.get(), last);
    pcre2_set_match_limit_8(limits_.get(), steps);
    pcre2_set_depth_limit_8(limits_.get(), steps);
    const auto match = [&](std::uint32_t options) {
      // The text is known to be valid; checking it again for every match would cost quadratic time.
      return pcre2_match_8(code_, reinterpret_cast<PCRE2_SPTR8>(text_.data()), text_.size(), first,
                           options | PCRE2_NO_UTF_CHECK, match_.get(), limits_.get());
    };
    const int result = match(0);
    return result == PCRE2_ERROR_JIT_STACKLIMIT ? match(PCRE2_NO_JIT) : result;  // the interpreter uses the heap
  }

  const pcre2_code_8* code_;
  std::string_view text_;
  std::unique_ptr<pcre2_match_data_8, decltype(&pcre2_match_data_free_8)> match_;
  std::unique_ptr<pcre2_match_context_8, decltype(&pcre2_match_context_free_8)> limits_;
  std::uint64_t left_;
  std::size_t positions_ = most_positions;  // that are tried at once
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
