// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/run/run_environment.hpp>
#include <multipruner/run/text_comparison.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A text that a model is judged on before and after a run.
struct JudgedText {
  TextComparison comparison{};
  TokenWindows windows{};
};

/// A text that nothing is known of yet but its windows.
/// @param name  what it is for, e.g. "held-out text"
/// @param file  as the spec names it
[[nodiscard]] JudgedText judged_text(std::string name, const std::string& file, TokenWindows windows,
                                     const RunEnvironment& environment);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/judged_text.ipp>
#endif
