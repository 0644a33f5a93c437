// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline pruner {

/// What may be given to a Pruner's work besides a model and a text. None of it changes what comes out.
struct PrunerHooks {
  std::reference_wrapper<ProgressSink> progress = silent_progress();
  PruningStepObserver on_step{};

  /// A file for every measured cost. Where it is there already, the work goes on from it; one of another model, text,
  /// metric or compute type is a DataError. Empty: nothing is kept.
  std::filesystem::path journal{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline pruner
