// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/narrowing_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>
#include <multipruner/search/lowest_score.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What narrows MLPs, and attention.
[[nodiscard]] StageSelector channels_of(const NarrowingOptions& options);
[[nodiscard]] StageSelector heads_of(const NarrowingOptions& options);

/// All that options let become narrower.
[[nodiscard]] std::vector<StageSelector> widths_of(const NarrowingOptions& options);

/// The one stage in which channels of MLPs and heads of attention go, whichever is next.
[[nodiscard]] SequentialThresholdOptions one_narrowing_stage(const NarrowingOptions& options);

/// An axis that an edit narrows, and from where to where.
struct Narrowing {
  BlockAxis axis{};
  Index from = 0, to = 0;  ///< channels
};

using NarrowingScore = std::function<double(const Narrowing& narrowing, const Plan& before)>;

/// Narrows the blocks of a model until the target, the edit with the lowest score first: the mean one, where it narrows
/// several blocks.
/// @throws OptionError for options that cannot work for the model
[[nodiscard]] PruningResult narrow_by(const RunContext& context, const NarrowingOptions& options, NarrowingScore score);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/narrowing.ipp>
#endif
