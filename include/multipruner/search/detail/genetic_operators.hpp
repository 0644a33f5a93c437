// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/search/gene_range.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A genome before it is rounded.
using RealGenome = std::vector<double>;

/// Each value of every gene with the same probability.
[[nodiscard]] Genome random_genome(std::span<const GeneRange> genes, NumpyRandom& random);

/// Two children of two genomes by simulated binary crossover (Deb and Agrawal, 1995; with bounds, Deb and Goyal, 1996).
/// Every gene in which the parents differ is mixed with probability 0.5, and the children's values of it exchanged with
/// probability 0.5; other genes are the parents'.
/// @param eta  the larger, the closer are children to their parents
[[nodiscard]] std::pair<RealGenome, RealGenome> simulated_binary_crossover(const Genome& a, const Genome& b,
                                                                           std::span<const GeneRange> genes, double eta,
                                                                           NumpyRandom& random);

/// Moves each of n genes with probability min(0.5, 1/n), by polynomial mutation (Deb and Goyal, 1996) within its
/// bounds.
/// @param eta  the larger, the smaller are moves
void polynomial_mutation(RealGenome& genome, std::span<const GeneRange> genes, double eta, NumpyRandom& random);

/// The nearest genome of the space; halves become even.
[[nodiscard]] Genome nearest_genome(const RealGenome& genome, std::span<const GeneRange> genes);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/genetic_operators.ipp>
#endif
