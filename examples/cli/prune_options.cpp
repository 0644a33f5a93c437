// SPDX-License-Identifier: MIT
#include "prune_options.hpp"

#include <optional>

#include "options.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/run/run_choices.hpp>

namespace multipruner::cli {

namespace {

void add_options_without_effect(CLI::App& app, PruneOptions& options) {
  const std::string group = "Accepted because the reference has them";
  app.add_flag("--weight_reorder", options.weight_reorder, "Has no effect: it is the default")->group(group);
  app.add_flag("--do_prune")->description("Has no effect: prune always prunes")->group(group);
  app.add_flag("--do_eval")->description("Has no effect: give --eval-text, or use eval")->group(group);
  app.add_option("--importance_metric", options.importance_metric, "Only ppl, which is the default")
      ->type_name("NAME")
      ->group(group);
  static_cast<void>(app.add_option_function<Index>(
                           "--batch_size", [](const Index&) {}, "Has no effect: results do not depend on batches")
                        ->type_name("N")
                        ->group(group));
}

/// @throws OptionError for words that contradict each other.
void settle_order(PruneOptions& options) {
  std::optional<std::string>& order = options.spec.reorder;
  if (options.no_reorder && order.value_or("none") != "none") {
    throw OptionError("--no-reorder", "it contradicts --reorder " + *order, "Give one of them");
  }
  if (options.no_reorder) order = "none";
  if (!options.weight_reorder || order != "none") return;
  throw OptionError(options.no_reorder ? "--no-reorder" : "--reorder none", "it contradicts --weight_reorder",
                    "Give one of them");
}

}  // namespace

void add_prune_options(CLI::App& app, PruneOptions& options) {
  add_run_fields(app, options.spec, "Options");
  add_place_options(app, options.place);
  add_run_fields(app, options.spec, "What to remove");
  // What decides without a search needs no text.
  app.add_option_function<std::string>(
         "--from-config",
         [&app, &options](const std::string& file) {
           options.config = file;
           app.get_option("--calibration")->required(false);
         },
         "Remove what this pruning_config.json says, without a search or a\ntext; channels and heads are ordered by "
         "--reorder l1 first")
      ->trigger_on_parse()
      ->type_name("FILE")
      ->group("What to remove");
  app.add_flag("--no-reorder", options.no_reorder, "The same as --reorder none")->group("What to remove");
  for (const char* group :
       {"Options of some policies", "Calibration text", "Compensation", "Windows of text", "Computation", "Formats"}) {
    add_run_fields(app, options.spec, group);
  }
  add_options_without_effect(app, options);
}

void check_options(PruneOptions& options) {
  if (options.importance_metric != "ppl") {
    throw OptionError("--importance_metric", "\"" + options.importance_metric + "\" is not supported",
                      "Use ppl, or omit the option");
  }
  settle_order(options);
  if (options.config.empty()) validate(options.spec);
}

}  // namespace multipruner::cli
