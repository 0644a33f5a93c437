// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/run/format_structure.hpp>
#include <multipruner/run/mask_report.hpp>
#include <multipruner/run/plan_sizes.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/run/unit_ordering.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The model that a policy is made for.
struct PolicyInput {
  const Graph& graph;
  const MaskReport& mask;        ///< and whether it is to be kept
  const UnitOrdering& ordering;  ///< of its channels and heads
  const PlanSizes& sizes;        ///< of what is left of it
  FormatStructure structure{};   ///< of what may be left of it
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

  /// How it decides, on model cards, as the end of a sentence: "in each step what ...", with its source; empty:
  /// nothing.
  std::function<std::string(const RunSpec& spec)> decided_by{};

  /// The fields of a spec that it looks at, of those that not all policies do; others are refused where they are set.
  /// Nothing: it may look at all.
  std::optional<std::vector<std::string>> takes{};

  /// Whether every step takes the cheapest of its candidates, so that a past run can be checked for it, too.
  bool takes_cheapest = false;

  /// Whether it makes another model, of which its steps do not tell all: its points cannot be extracted.
  bool makes_model = false;

  /// Whether it asks what plans cost on a share of the windows, whatever the search.
  bool estimates = false;
};

/// A policy with its options, for a registry: `policy_method("one-shot", OneShotMlp({.ratio = 10}))`.
template <class Policy>
[[nodiscard]] PolicyMethod policy_method(std::string name, Policy policy) {
  return {.name = std::move(name),
          .make = [made = AnyPolicy(std::move(policy))](RunSpec&, const PolicyInput&) { return made; }};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
