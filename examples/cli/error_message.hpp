// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>

#include <CLI/CLI.hpp>

namespace multipruner::cli {

/// What an exception says to the user of a command: the library's names of options become those of the command line,
/// and where memory ran out, the options of this command that take less of it are named.
[[nodiscard]] std::string message_of(const std::exception& error, const CLI::App& command);

}  // namespace multipruner::cli
