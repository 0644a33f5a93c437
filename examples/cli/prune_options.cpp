// SPDX-License-Identifier: MIT
#include "prune_options.hpp"

#include <multipruner/core/error.hpp>
#include <multipruner/run/run_choices.hpp>

namespace multipruner::cli {

namespace {

void add_place_options(CLI::App& app, PruneOptions& options) {
  app.add_option("--out,--output_path", options.out, "Folder for the smaller model; must not be there yet, or be empty")
      ->type_name("DIR");
  app.add_flag("--overwrite", options.overwrite, "Replace --out, if it is a folder that this program made");
  app.add_flag("--dry-run", options.dry_run,
               "Only say how many candidates, how long and how much memory\nit would take; measures for some seconds");
  app.add_flag("--restart", options.restart, "Measure everything anew instead of going on from the journal in --out");
}

void add_order_options(CLI::App& app, PruneOptions& options) {
  const std::string group = "What to remove";
  app.add_flag("--no-reorder", options.no_reorder, "The same as --reorder none")->group(group);
  app.add_option(
         "--statistics", options.statistics,
         "Keep the statistics of activations that --reorder needs in\nthis file, or take them from it if it is there")
      ->type_name("FILE")
      ->group(group);
}

void add_memory_options(CLI::App& app, PruneOptions& options) {
  const std::string group = "Computation";
  add_size_option(app, "--memory", options.memory,
                  "All memory to use, e.g. 2GB: for models that are larger than\nmemory. Weights then stay in files "
                  "but for the block that\nis at work; never changes a result")
      ->group(group);
  add_size_option(app, "--stream-memory", options.stream_memory,
                  "Memory for activations that candidates share and that are kept\nfrom step to step, e.g. 500MB or "
                  "8GB [a quarter of what is free];\nnever changes a result")
      ->group(group);
}

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
  add_place_options(app, options);
  add_run_fields(app, options.spec, "What to remove");
  add_order_options(app, options);
  for (const char* group : {"Calibration text", "Compensation", "Windows of text", "Computation"}) {
    add_run_fields(app, options.spec, group);
  }
  add_memory_options(app, options);
  add_options_without_effect(app, options);
}

void check_options(PruneOptions& options) {
  if (options.importance_metric != "ppl") {
    throw OptionError("--importance_metric", "\"" + options.importance_metric + "\" is not supported",
                      "Use ppl, or leave the option away");
  }
  settle_order(options);
  validate(options.spec);
  if (options.out.empty() && !options.dry_run) {
    throw OptionError("--out", "is missing", "Say where the smaller model is to go, or ask for a --dry-run");
  }
}

}  // namespace multipruner::cli
