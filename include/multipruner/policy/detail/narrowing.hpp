// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/narrowing_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>
#include <multipruner/search/lowest_score.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The one stage in which channels of MLPs and heads of attention go, whichever is next.
[[nodiscard]] SequentialThresholdOptions one_narrowing_stage(const NarrowingOptions& options);

/// Narrows the blocks of a model until the target, the edit with the lowest score first.
/// @throws OptionError for options that cannot work for the model
[[nodiscard]] PruningResult narrow_by(const RunContext& context, const NarrowingOptions& options, EditScore score);

/// An axis that an edit narrows, and from where to where.
struct Narrowing {
  BlockAxis axis{};
  Index from = 0, to = 0;  ///< channels
};

/// What an edit of a narrowing stage does.
[[nodiscard]] Narrowing narrowing_of(const Edit& edit, const Plan& before);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/narrowing.ipp>
#endif
