// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <functional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Told of every step of a run as soon as it is taken.
using PruningStepObserver = std::function<void(const PruningStep&)>;

/// Decides what to remove from a model. A policy is built from its options, holds no state of a run, and learns what
/// plans cost from the objective alone.
template <class P>
concept PruningPolicy = std::constructible_from<P, typename P::Options> &&
    requires(const P& policy, const Graph& graph, Objective& objective, ProgressSink& progress,
             const PruningStepObserver& on_step) {
  { policy.run(graph, objective, progress, on_step) } -> std::same_as<PruningResult>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
