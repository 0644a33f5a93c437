// SPDX-License-Identifier: MIT
#pragma once

#include "console.hpp"
#include "text_files.hpp"
#include <multipruner/run/run_environment.hpp>

namespace multipruner::cli {

/// What the program gives to runs: its tokenizers and its console, which must outlive them.
[[nodiscard]] RunEnvironment environment_of(Console& console);

/// The same, and its ways to read texts.
[[nodiscard]] RunEnvironment environment_of(TextFiles& files, Console& console);

}  // namespace multipruner::cli
