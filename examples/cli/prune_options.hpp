// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "execute_run.hpp"
#include <multipruner/run/run_spec.hpp>

namespace multipruner::cli {

/// What `multipruner prune` is asked to do, and where.
struct PruneOptions {
  RunSpec spec{};
  PlaceOptions place{};

  std::string config{};                             ///< a pruning_config.json that decides in place of a search
  bool no_reorder = false, weight_reorder = false;  ///< other words for --reorder
  std::string importance_metric = "ppl";
};

void add_prune_options(CLI::App& app, PruneOptions& options);

/// Checks everything that can be checked without a model, and makes one word of those for --reorder.
/// @throws OptionError
void check_options(PruneOptions& options);

}  // namespace multipruner::cli
