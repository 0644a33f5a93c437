// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The parts of a text between separators: one more than there are of those.
[[nodiscard]] inline std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
