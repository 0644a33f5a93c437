// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace multipruner::cli {

/// What the program's exit status means.
enum class ExitCode : int {
  ok = 0,
  internal = 1,            ///< a bug, or no memory left
  usage = 2,               ///< an option that is unknown, malformed, or cannot work
  input = 3,               ///< a file that is missing or broken, or data that contradicts itself
  unsupported = 4,         ///< a model that is well formed but asks for what is not implemented
  output = 5,              ///< a result that cannot be written
  target_unreachable = 6,  ///< the pruning target cannot be reached; what could be removed was, and is saved
};

/// The same list for --help.
extern const std::string_view exit_code_help;

/// Prints the one line "multipruner: error: ..." for the exception to stderr and says what to exit with.
ExitCode report_error(const std::exception& error);

/// The same with another message than its own.
ExitCode report_error(const std::exception& error, std::string message);

}  // namespace multipruner::cli
