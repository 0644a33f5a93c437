// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Throws OptionError unless a condition on the operands of a kernel holds.
inline void require(bool condition, const char* kernel, const char* problem) {
  if (!condition) throw OptionError(kernel, problem, "Pass operands whose shapes agree");
}

/// Throws OptionError unless two sizes that a kernel needs to be equal are equal.
inline void require_equal(Index given, Index needed, const char* kernel, const char* what) {
  if (given == needed) return;
  throw OptionError(kernel, std::string(what) + " is " + std::to_string(given) + ", not " + std::to_string(needed),
                    "Pass operands whose shapes agree");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
