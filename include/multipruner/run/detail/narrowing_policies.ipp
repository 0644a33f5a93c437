// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include <multipruner/policy/detail/narrowing.hpp>
#include <multipruner/policy/uniform.hpp>
#include <multipruner/run/detail/fit_policy.hpp>
#include <multipruner/run/detail/narrowing_policies.hpp>
#include <multipruner/run/detail/ordered_one_shot.hpp>
#include <multipruner/run/sequential_choices.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What policies that narrow all blocks at once are told. @throws OptionError for what cannot work
[[nodiscard]] inline NarrowingOptions narrowing_options(const RunSpec& spec) {
  return {.ratio = required_ratio(spec), .mlp_group = spec.mlp_group, .attention_group = spec.head_group};
}

/// The same for a model, with groups filled in, in the spec as well.
[[nodiscard]] inline NarrowingOptions narrowing_for(RunSpec& spec, const PolicyInput& input) {
  NarrowingOptions options = narrowing_options(spec);
  fit_widths(options, one_narrowing_stage(options), spec, input);
  return options;
}

/// A policy that narrows all blocks at once.
[[nodiscard]] inline PolicyMethod narrowing_method(std::string name, std::string decided_by) {
  PolicyMethod method{.name = std::move(name)};
  method.check = [](const RunSpec& spec) { static_cast<void>(narrowing_options(spec)); };
  method.stages = [](const RunSpec& spec) { return stages_of(one_narrowing_stage(narrowing_options(spec))); };
  method.decided_by = [text = std::move(decided_by)](const RunSpec&) { return text; };
  method.takes = {"mlp_group", "head_group", "target"};
  return method;
}

MULTIPRUNER_INLINE PolicyMethod uniform_method() {
  PolicyMethod method = narrowing_method("uniform", "of every block the same share");
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    return Uniform(narrowing_for(spec, input));
  };
  return method;
}

MULTIPRUNER_INLINE PolicyMethod one_shot_method() {
  PolicyMethod method = narrowing_method(
      "one-shot", "those first that stand lowest among their block's in the order below (one shot, as in FLAP)");
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    OneShotOptions options{narrowing_for(spec, input)};
    return OrderedOneShot({std::move(options), input.ordering, spec.seed});
  };
  return method;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
