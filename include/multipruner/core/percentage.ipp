// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cmath>
#include <system_error>

#include <multipruner/core/error.hpp>
#include <multipruner/core/percentage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The number as briefly as twelve digits tell it: "7" for 100 · 0.07.
[[nodiscard]] inline std::string brief_number(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general, 12).ptr;
  return {digits, end};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE std::optional<double> percentage_of(const std::string& option, std::string_view text) {
  std::string_view digits = text;
  const bool has_sign = digits.ends_with('%');
  if (has_sign) digits.remove_suffix(digits.ends_with(" %") ? 2 : 1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(value)) return std::nullopt;
  if (has_sign || !(value > 0 && value < 1)) return value;
  const std::string word = option.starts_with("--") ? option + " " : "";
  throw OptionError(
      option, std::string(digits) + " may be meant as a share of 1 or in percent, and percentages are asked for",
      "Write `" + word + detail::brief_number(100 * value) + "` or `" + word + std::string(digits) + "%`");
}

MULTIPRUNER_INLINE double parse_percentage(const std::string& option, std::string_view text) {
  if (const auto value = percentage_of(option, text)) return *value;
  throw OptionError(option, "\"" + std::string(text) + "\" is not a percentage", "Give a number such as 20 or 20%");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
