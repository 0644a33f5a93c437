// SPDX-License-Identifier: MIT
#include "command.hpp"

namespace multipruner::cli {

Command::Command(CLI::App& program, const std::string& name, const std::string& description,
                 const std::string& examples)
    : app_(*program.add_subcommand(name, description)) {
  app_.footer("Examples:\n" + examples);
  add_common_options(app_, common_);
}

}  // namespace multipruner::cli
