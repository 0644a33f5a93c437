// SPDX-License-Identifier: MIT
#include <csignal>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "command.hpp"
#include "error_message.hpp"
#include "isa_option.hpp"
#include "usage_error.hpp"
#include <multipruner/core/parallel.hpp>
#include <multipruner/core/version.hpp>

using namespace multipruner;
using namespace multipruner::cli;

namespace {

/// Help and version go to stdout; anything else that the parser refuses is one line on stderr and a hint.
ExitCode report(const CLI::App& program, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    program.exit(error);
    return ExitCode::ok;
  }
  return report_error(usage_error(program, error));
}

ExitCode run(Command& command) try {
  Console console(command.common());
  ThreadArena arena(command.common().threads);
  const ExitCode code = arena.execute([&] { return command.run(console); });
  console.finish();
  return code;
} catch (const std::exception& error) {
  return report_error(error, message_of(error, command.options()));
}

int main_with_exceptions(int argc, char** argv) {
  CLI::App program("Makes pretrained language models smaller, without training.", "multipruner");
  program.set_version_flag("--version", "multipruner " + std::string(version) + " (" + isa_summary() + ")");
  add_isa_option(program, "Options");
  program.require_subcommand(1);
  program.get_formatter()->column_width(34);
  program.footer(
      "Examples:\n"
      "  multipruner prune model/ --ratio 20 --calibration text.txt --out model-20/\n"
      "  multipruner prune --help\n\n" +
      std::string(exit_code_help));
  std::vector<std::unique_ptr<Command>> commands;
  for (const auto make : {make_prune, make_run, make_sparsify, make_eval, make_inspect, make_generate, make_compare,
                          make_extract, make_convert, make_verify}) {
    commands.push_back(make(program));
  }
  require_values(program, std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(report(program, error));
  }
  for (const auto& command : commands) {
    if (command->chosen()) return static_cast<int>(run(*command));
  }
  return static_cast<int>(ExitCode::usage);  // not reached: the parser requires a subcommand
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is no reason to lose hours of work
  try {
    return main_with_exceptions(argc, argv);
  } catch (const std::exception& error) {
    return static_cast<int>(report_error(error));
  }
}
