// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <multipruner/run/moved_inputs.hpp>

namespace multipruner::cli {

/// Options that say where inputs of a finished run are now, if they have moved.
void add_moved_inputs(CLI::App& app, MovedInputs& moved);

}  // namespace multipruner::cli
