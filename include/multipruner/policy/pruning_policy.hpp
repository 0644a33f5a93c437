// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/policy/run_context.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Decides what to remove from a model. A policy is built from its options, holds no state of a run, and learns what
/// it needs to know from the context of the run alone.
template <class P>
concept PruningPolicy = std::copy_constructible<P> && std::constructible_from<P, typename P::Options> &&
    requires(const P& policy, const RunContext& context) {
  { policy.run(context) } -> std::same_as<PruningResult>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
