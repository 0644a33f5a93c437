// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

#include <multipruner/core/error.hpp>

namespace multipruner::cli {

/// What the parser refuses, in the words of --help: unknown commands and options with the nearest spelling, and all
/// that is missing under the name that the help gives it.
[[nodiscard]] OptionError usage_error(const CLI::App& program, const CLI::ParseError& error);

}  // namespace multipruner::cli
