// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <CLI/CLI.hpp>

#include <multipruner/core/error.hpp>

namespace multipruner::cli {

/// What the parser refuses, in the words of --help: unknown commands and options with the nearest spelling, and all
/// that is missing under the name that the help gives it.
[[nodiscard]] OptionError usage_error(const CLI::App& program, const CLI::ParseError& error);

/// @param words  the command line without the program's name
/// @throws OptionError for an option that should have a value but is the last word, or is followed by another option,
/// which the parser would take for the value.
void require_values(const CLI::App& program, std::span<const char* const> words);

}  // namespace multipruner::cli
