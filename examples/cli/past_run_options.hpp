// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include "console.hpp"
#include "text_files.hpp"
#include <multipruner/run/moved_inputs.hpp>
#include <multipruner/run/run_environment.hpp>

namespace multipruner::cli {

/// Options that say where inputs of a finished run are now, if they have moved.
void add_moved_inputs(CLI::App& app, MovedInputs& moved);

/// What the program gives to a run: its tokenizers, its ways to read texts, and its console. Both must outlive it.
[[nodiscard]] RunEnvironment environment_of(TextFiles& files, Console& console);

}  // namespace multipruner::cli
