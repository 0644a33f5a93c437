// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "isa.hpp"

namespace multipruner::cli {

/// The level of this very program: the name of one, or "native".
inline constexpr std::string_view own_isa = MULTIPRUNER_ISA;

/// The levels that were built together with it; none if it is native.
[[nodiscard]] inline std::vector<Isa> built_isas() {
  std::vector<Isa> built;
  for (std::string_view names = MULTIPRUNER_PROGRAM_ISAS; !names.empty();) {
    const std::string_view name = names.substr(0, names.find(','));
    if (const auto isa = isa_of(name)) built.push_back(*isa);
    names.remove_prefix(std::min(name.size() + 1, names.size()));
  }
  return built;
}

}  // namespace multipruner::cli
