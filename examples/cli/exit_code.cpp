// SPDX-License-Identifier: MIT
#include "exit_code.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <new>
#include <string>

#include <multipruner/core/error.hpp>

namespace multipruner::cli {

const std::string_view exit_code_help =
    "Exit status:\n"
    "  0  done\n"
    "  1  internal error, e.g. out of memory\n"
    "  2  an option is unknown, malformed, or cannot work\n"
    "  3  an input file is missing or broken, or its contents do not fit\n"
    "  4  the model needs something that is not supported\n"
    "  5  the output cannot be written\n"
    "  6  the pruning target cannot be reached; what could be removed is saved\n"
    "  130  interrupted with Ctrl-C (143: terminated); the journal of what prune has\n"
    "       measured is kept in --out, and the same command continues from it\n";

namespace {

ExitCode exit_code_of(const std::exception& error) {
  const auto is = [&]<class Kind>() { return dynamic_cast<const Kind*>(&error) != nullptr; };
  if (is.operator()<OptionError>()) return ExitCode::usage;
  if (is.operator()<FileError>() || is.operator()<DataError>()) return ExitCode::input;
  if (is.operator()<std::filesystem::filesystem_error>()) return ExitCode::input;
  if (is.operator()<UnsupportedError>()) return ExitCode::unsupported;
  if (is.operator()<OutputError>()) return ExitCode::output;
  return ExitCode::internal;
}

}  // namespace

ExitCode report_error(const std::exception& error) {
  const bool no_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  return report_error(error, no_memory ? "memory: there is not enough of it. Use a larger machine." : error.what());
}

ExitCode report_error(const std::exception& error, std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::fprintf(stderr, "multipruner: error: %s\n", message.c_str());
  return exit_code_of(error);
}

}  // namespace multipruner::cli
