// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/run/judged_text.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE JudgedText judged_text(std::string name, const std::string& file, TokenWindows windows,
                                          const RunEnvironment& environment) {
  TextComparison comparison{.name = std::move(name),
                            .file = file,
                            .shown = environment.name_of_text(file),
                            .windows = windows.count(),
                            .length = windows.longest()};
  return {std::move(comparison), std::move(windows)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
