// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <charconv>

#include <multipruner/core/exact_text.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE std::string exact_text(double value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
