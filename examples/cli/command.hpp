// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "console.hpp"
#include "exit_code.hpp"
#include "options.hpp"

namespace multipruner::cli {

/// A subcommand: it declares its options when it is made, and works when it is run.
class Command {
 public:
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  /// Whether the command line asked for this one.
  [[nodiscard]] bool chosen() const { return app_.parsed(); }

  [[nodiscard]] const CommonOptions& common() const { return common_; }

  /// Its options.
  [[nodiscard]] const CLI::App& options() const { return app_; }

  /// Does the work. Errors are exceptions.
  virtual ExitCode run(Console& console) = 0;

 protected:
  /// @param examples lines of a shell, shown at the end of --help.
  Command(CLI::App& program, const std::string& name, const std::string& description, const std::string& examples);

  /// Where a command adds its own options.
  CLI::App& app() { return app_; }

 private:
  CLI::App& app_;
  CommonOptions common_;
};

std::unique_ptr<Command> make_prune(CLI::App& program);
std::unique_ptr<Command> make_run(CLI::App& program);
std::unique_ptr<Command> make_sparsify(CLI::App& program);
std::unique_ptr<Command> make_eval(CLI::App& program);
std::unique_ptr<Command> make_inspect(CLI::App& program);
std::unique_ptr<Command> make_generate(CLI::App& program);
std::unique_ptr<Command> make_compare(CLI::App& program);
std::unique_ptr<Command> make_extract(CLI::App& program);
std::unique_ptr<Command> make_convert(CLI::App& program);
std::unique_ptr<Command> make_verify(CLI::App& program);

}  // namespace multipruner::cli
