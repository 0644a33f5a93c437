// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdio>
#include <string>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A number for people who watch a run: with so many digits behind the point, or in powers of ten where it is large.
inline std::string rounded(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value < 1e6 ? "%.*f" : "%.*e", digits, value);
  return text.data();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
