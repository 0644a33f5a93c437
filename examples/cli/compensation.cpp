// SPDX-License-Identifier: MIT
#include "compensation.hpp"

namespace multipruner::cli {

const Registry<CompensationMethod>& compensation_methods() {
  static const Registry<CompensationMethod> registry = shipped_compensation_methods();
  return registry;
}

void add_compensation_options(CLI::App& app, CompensationFlags& flags, AfterParsing& after_parsing) {
  const std::string group = "Compensation";
  add_name_option(
      app, "--compensate", [&](const std::string& name) { flags.method = compensation_methods().at(name); },
      "Solve o_proj and down_proj anew, without training. local: in\nevery candidate, each block for its own "
      "channels; stream-matching:\nafter the search, all blocks for what the whole model has lost;\n"
      "local+stream-matching; or none. Held-out windows decide how\nstrongly, and whether at all "
      "[what --preset says]",
      after_parsing)
      ->type_name("HOW")
      ->group(group);
  app.add_option("--ridge", flags.settings.ridges,
                 "Strengths of regularisation that stream matching chooses from;\nlarger is safer on other text "
                 "[0.1 0.3 1]")
      ->type_name("R")
      ->group(group);
  app.add_option("--local-ridge", flags.settings.local_ridge, "The same of local compensation")
      ->type_name("R")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--compensate-bias", flags.settings.bias,
               "Stream matching solves the biases of o_proj and down_proj, too;\nonly for models that have some")
      ->group(group);
  add_percentage_option(
      app, "--compensate-every", flags.every,
      "Search and compensate in turn: compensate whenever so much more\nof all parameters is gone, and go on "
      "searching in the model that\ncomes out")
      ->group(group);
}

}  // namespace multipruner::cli
