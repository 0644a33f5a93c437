// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// A policy that can be taken to its target in parts: `until(ratio)` is the policy that stops at a smaller ratio, and
/// goes on from a model that is pruned already.
template <class P>
concept StagedPolicy = PruningPolicy<P> && requires(const P& policy, double ratio) {
  { policy.target() } -> std::convertible_to<double>;  // percent of the whole model's parameters
  { policy.until(ratio) } -> std::same_as<P>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
