// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <multipruner/io/utf8.hpp>
#include <multipruner/report/readable.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline std::string printed(const char* format, double number, int digits) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), format, digits, number);
  return size > 0 && static_cast<std::size_t>(size) < text.size() ? std::string(text.data()) : "?";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE std::string grouped_text(Index number) {
  std::string text = std::to_string(number);
  const std::size_t first_digit = number < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first_digit + 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

MULTIPRUNER_INLINE std::string fixed_text(double number, int digits) {
  return std::abs(number) < 1e15 ? detail::printed("%.*f", number, digits) : detail::printed("%.*g", number, 3);
}

MULTIPRUNER_INLINE std::string percent_text(double number) {
  return fixed_text(number, 2) + " %";
}

MULTIPRUNER_INLINE std::string perplexity_text(double perplexity) {
  if (perplexity < 1000) return fixed_text(perplexity, 2);
  return perplexity < 1e6 ? fixed_text(perplexity, 0) : detail::printed("%.*g", perplexity, 2);
}

MULTIPRUNER_INLINE std::string bytes_text(Index bytes) {
  double number = static_cast<double>(bytes);
  std::string_view unit = "B";
  for (const std::string_view larger : {"kB", "MB", "GB", "TB"}) {
    if (number < 1000) break;
    number /= 1000;
    unit = larger;
  }
  const int digits = unit == "B" ? 0 : number < 10 ? 2 : number < 100 ? 1 : 0;
  return fixed_text(number, digits) + " " + std::string(unit);
}

MULTIPRUNER_INLINE std::string duration_text(double seconds) {
  if (seconds < 10) return fixed_text(seconds, 1) + " s";
  const auto whole = static_cast<Index>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  const auto two_digits = [](Index n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  if (whole < 3600) return std::to_string(whole / 60) + ":" + two_digits(whole % 60);
  return std::to_string(whole / 3600) + ":" + two_digits(whole / 60 % 60) + ":" + two_digits(whole % 60);
}

MULTIPRUNER_INLINE std::string rough_duration_text(double seconds) {
  if (seconds < 1) return "a second";
  struct Unit {
    double seconds, most;
    const char* name;
  };
  for (const auto& [length, most, name] : {Unit{1, 100, " second"}, {60, 100, " minute"}, {3600, 48, " hour"}}) {
    const double count = seconds / length;
    if (count >= most) continue;
    const bool halves = count < 9.75 && length > 1;
    const double rounded = halves ? std::round(count * 2) / 2 : std::round(count);
    return fixed_text(rounded, rounded == std::floor(rounded) ? 0 : 1) + name + (rounded == 1 ? "" : "s");
  }
  return fixed_text(seconds / 86400, 0) + " days";
}

MULTIPRUNER_INLINE std::string wrapped_text(std::string_view text, std::size_t width, std::string_view indent) {
  std::string result;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    while (static_cast<std::size_t>(count_characters(line)) > width) {
      std::size_t cut = line.size();
      while (static_cast<std::size_t>(count_characters(line.substr(0, cut))) > width) {
        const std::size_t space = line.rfind(' ', cut - 1);
        if (space == std::string_view::npos || space == 0) break;
        cut = space;
      }
      if (cut == line.size()) break;  // one long word
      result.append(indent).append(line.substr(0, cut)).append("\n");
      line.remove_prefix(cut + 1);
    }
    result.append(indent).append(line).append("\n");
  }
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
