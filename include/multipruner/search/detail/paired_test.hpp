// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The probability that a variable with Student's t distribution exceeds t.
[[nodiscard]] double student_t_tail(double t, Index degrees_of_freedom);

/// The paired one-sided t test: how likely differences costs − others of at least this size are, if the mean over the
/// whole population were not above 0. 1 where there is nothing to go by: fewer than two pairs, or numbers that are not
/// finite.
/// @param population how many pairs there are, of which these were drawn without replacement: the more of them are
///        known, the surer is the mean of all (finite population correction)
[[nodiscard]] double paired_test(std::span<const double> costs, std::span<const double> others, Index population);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/paired_test.ipp>
#endif
