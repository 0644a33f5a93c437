#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <multipruner/core/error.hpp>

namespace multipruner {

namespace detail {

/// The number as briefly as twelve digits tell it: "7" for 100 · 0.07.
[[nodiscard]] inline std::string brief_number(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general, 12).ptr;
  return {digits, end};
}

}  // namespace detail

/// Reads a percentage, or nothing where the text is none. @throws OptionError as parse_percentage
[[nodiscard]] inline std::optional<double> percentage_of(const std::string& option, std::string_view text) {
  std::string_view digits = text;
  const bool has_sign = digits.ends_with('%');
  if (has_sign) digits.remove_suffix(digits.ends_with(" %") ? 2 : 1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (has_sign || !(value > 0 && value < 1)) return value;
  const std::string word = option.starts_with("--") ? option + " " : "";
  throw OptionError(
      option, std::string(digits) + " may be meant as a share of 1 or in percent, and percentages are asked for",
      "Write `" + word + detail::brief_number(100 * value) + "` or `" + word + std::string(digits) + "%`");
}

/// Reads a percentage as people write it: "20", "20%" or "0.2%".
///
/// A number between 0 and 1 without the sign is refused, because many programs take shares of 1: the error names both
/// readings. Whether the number makes sense otherwise is for the caller to say.
/// @param option  what is read, for errors; one that begins with "--" is repeated in what they suggest to write
/// @throws OptionError
[[nodiscard]] inline double parse_percentage(const std::string& option, std::string_view text) {
  if (const auto value = percentage_of(option, text)) return *value;
  throw OptionError(option, "\"" + std::string(text) + "\" is not a percentage", "Give a number such as 20 or 20%");
}

}  // namespace multipruner
