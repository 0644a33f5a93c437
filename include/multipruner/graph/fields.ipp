// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdio>

#include <multipruner/graph/fields.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE void Fields::add(std::string_view name, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  add(name, std::string_view(text.data()));
}

MULTIPRUNER_INLINE std::string Fields::text() const {
  std::string text;
  for (const auto& [name, value] : entries_) {
    text += text.empty() ? "" : ", ";
    text.append(name).append("=").append(value);
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
