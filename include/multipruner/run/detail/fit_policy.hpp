// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/policy_method.hpp>
#include <multipruner/run/sequential_choices.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/lazy_greedy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Fills in groups and blocks to keep for a model, groups in the spec as well.
/// @throws OptionError for what does not fit the model, or leaves nothing to remove
void fit_stages(SequentialThresholdOptions& options, RunSpec& spec, const PolicyInput& input);

/// @throws OptionError for what the format that is the target does not hold: narrower blocks, or what is asked for of
/// layers or heads
void require_held(const FormatStructure& structure, const RunSpec& spec);

/// `fit_stages` for options that have two groups and blocks to keep in place of stages, and narrow all blocks at once,
/// or alike.
/// @param stages  what they come to
/// @throws OptionError also where the format that is the target has no narrower blocks
template <class Options>
void fit_widths(Options& options, SequentialThresholdOptions stages, RunSpec& spec, const PolicyInput& input) {
  const FormatStructure& structure = input.structure;
  require_held(structure, spec);
  narrow_to(structure, spec.target.value_or(""), input.graph.config(), stages);
  fit_stages(stages, spec, input);
  options.alike = structure.alike;
  options.heads = structure.fewer_heads;
  if constexpr (requires { options.depth_share; }) {
    if (!structure.fewer_blocks) options.depth_share = 0;
  }
  options.mlp_group = stages.mlp_group;
  options.attention_group = stages.attention_group;
  options.keep = std::move(stages.keep);
}

/// A policy that searches as `--search` says. @throws OptionError for another name
template <template <class> class Policy, class Options>
[[nodiscard]] AnyPolicy with_search(Options options, const RunSpec& spec) {
  const std::optional<LazyGreedyOptions> lazy = lazy_search(spec);
  if (lazy) return Policy<LazyGreedy>(std::move(options), LazyGreedy(*lazy));
  return Policy<Greedy>(std::move(options));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/detail/fit_policy.ipp>
#endif
