// SPDX-License-Identifier: MIT
#include "isa_option.hpp"

#include <algorithm>

#include "isa_build.hpp"
#include <multipruner/core/error.hpp>

namespace multipruner::cli {

namespace {

std::string list_of_levels() {
  std::string text = "Instruction-set levels of this program:";
  if (own_isa == "native") return text + "\n  native       that of the machine that compiled it; running";
  const auto supported = supported_isas(read_cpu_registers());
  for (const Isa isa : built_isas()) {
    std::string name(name_of(isa));
    const bool runs = std::ranges::find(supported, isa) != supported.end();
    const std::string state = name == own_isa ? "running" : runs ? "supported by this machine" : "not for this machine";
    name.resize(13, ' ');
    text += "\n  " + name + state;
  }
  return text;
}

void check(const std::string& level) {
  if (level == "help") throw CLI::CallForVersion(list_of_levels(), 0);
  if (level == own_isa || level == "native") return;
  if (own_isa == "native") {
    throw OptionError("--isa", "\"" + level + "\" is not built",
                      "This program has one level: native, that of the machine that compiled it");
  }
  const Isa chosen = choose_isa(built_isas(), supported_isas(read_cpu_registers()), level);
  throw OptionError("--isa",
                    "\"" + std::string(name_of(chosen)) + "\" is in a different program from this one, which is for " +
                        std::string(own_isa),
                    "Start multipruner itself");
}

}  // namespace

void add_isa_option(CLI::App& app, const std::string& group) {
  app.add_option_function<std::string>("--isa", check,
                                       "Instruction-set level to use instead of the best one;\n`--isa help` lists them")
      ->option_text("LEVEL=native")
      ->group(group);
}

std::string isa_summary() {
  std::string built;
  for (const Isa isa : built_isas()) built += (built.empty() ? "" : ", ") + std::string(name_of(isa));
  const std::string own(own_isa);
  return built.empty() || built == own ? own : own + " of " + built;
}

}  // namespace multipruner::cli
