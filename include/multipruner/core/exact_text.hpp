#pragma once

#include <array>
#include <charconv>
#include <string>

namespace multipruner {

/// The shortest decimal text that gives the same double when it is read again: "0.1", "1e-09". std::to_string stops
/// after six digits.
[[nodiscard]] inline std::string exact_text(double value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

}  // namespace multipruner
