// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/search/lazy_greedy_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The ratio that is asked for, in percent. @throws OptionError where there is none, or it cannot be
[[nodiscard]] double required_ratio(const RunSpec& spec);

/// @throws OptionError for `keep_zeros`, of a policy that makes other weights
void refuse_keep_zeros(const RunSpec& spec);

/// What SequentialThreshold is told. @throws OptionError for what contradicts itself, or cannot work
[[nodiscard]] SequentialThresholdOptions sequential_options(const RunSpec& spec);

/// "exact", "lazy" or "fast". @throws OptionError for another name, or a preset that there is not
[[nodiscard]] std::string search_of(const RunSpec& spec);

/// How `--search lazy` and `--search fast` go about their steps; nothing: exactly. @throws OptionError for another name
[[nodiscard]] std::optional<LazyGreedyOptions> lazy_search(const RunSpec& spec);

/// The ratios at which the stages end. @throws OptionError
[[nodiscard]] StageThresholds thresholds_of(const RunSpec& spec);

/// Fills in the default groups. @throws OptionError for groups that do not fit the model.
void resolve_groups(const ModelConfig& config, SequentialThresholdOptions& options);

/// Lets `--search fast` take two groups of MLP channels at a time until near the end of a stage, where blocks are wide
/// enough and the spec does not say otherwise. Groups are resolved before.
void widen_groups(const ModelConfig& config, const RunSpec& spec, SequentialThresholdOptions& options);

/// Tells the policy which blocks of the model stay as they are. Groups are resolved before.
/// @throws OptionError for what the model does not have, or where nothing is left to remove.
void resolve_kept_blocks(const Graph& graph, const RunSpec& spec, SequentialThresholdOptions& policy);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/sequential_choices.ipp>
#endif
