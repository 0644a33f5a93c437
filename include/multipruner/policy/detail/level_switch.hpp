// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/width_genes.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A genome on target that one level switch leads to (EvoPress, arXiv 2410.14649, section 3.2), drawn at random: one
/// gene gets some groups back, and another one loses about as many parameters. Groups of different sizes rarely make
/// up for each other: single groups of any genes close what is left.
/// @param step  groups that the first gene gets back, or as many as it has lost
/// @returns nothing where what was drawn leads off the target, or nowhere
[[nodiscard]] std::optional<Genome> switched(const Genome& genome, const WidthGenes& genes, const RatioBand& band,
                                             Index step, NumpyRandom& random);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/level_switch.ipp>
#endif
