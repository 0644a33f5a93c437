// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/run/mask_report.hpp>
#include <multipruner/run/registry.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The model that a policy is made for.
struct PolicyInput {
  const Graph& graph;
  const MaskReport& mask;  ///< and whether it is to be kept
};

/// A way to decide what a run removes.
struct PolicyMethod {
  std::string name = "multipruner";

  /// The policy for a model. What the spec leaves open, such as sizes of groups, is filled in.
  /// @throws OptionError for what cannot work with this model
  std::function<AnyPolicy(RunSpec& spec, const PolicyInput& input)> make{};

  /// Refuses, with an OptionError, what cannot work for any model; empty: all may.
  std::function<void(const RunSpec& spec)> check{};

  /// What is told of it beforehand and on model cards; empty: its name alone.
  std::function<std::vector<PruningStage>(const RunSpec& spec)> stages{};

  /// Whether every step takes the cheapest of its candidates, so that a past run can be checked for it, too.
  bool takes_cheapest = false;
};

/// A policy with its options, for a registry: `policy_method("one-shot", OneShotMlp({.ratio = 10}))`.
template <class Policy>
[[nodiscard]] PolicyMethod policy_method(std::string name, Policy policy) {
  return {.name = std::move(name),
          .make = [made = AnyPolicy(std::move(policy))](RunSpec&, const PolicyInput&) { return made; }};
}

/// The one that ships: multipruner, MultiPruner's sequential policy (`SequentialThreshold`), as the spec says.
[[nodiscard]] Registry<PolicyMethod> shipped_policies();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/policy_method.ipp>
#endif
