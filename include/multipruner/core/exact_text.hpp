// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// The shortest decimal text that gives the same double when it is read again: "0.1", "1e-09". std::to_string stops
/// after six digits.
[[nodiscard]] std::string exact_text(double value);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/exact_text.ipp>
#endif
