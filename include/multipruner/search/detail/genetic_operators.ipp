// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <multipruner/search/detail/genetic_operators.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How far children are spread, as a multiple of their parents' distance, so that none leaves the bounds.
/// @param beta  the distance of the bound, and the parents', from the middle @param u  uniform in [0, 1)
inline double spread(double beta, double eta, double u) {
  const double alpha = 2 - std::pow(beta, -(eta + 1));
  return std::pow(u <= 1 / alpha ? u * alpha : 1 / (2 - u * alpha), 1 / (eta + 1));
}

/// By how much of its range polynomial mutation moves a gene. @param place  in its range, from 0 to 1
inline double mutation(double place, double eta, double u) {
  if (u <= 0.5) return std::pow(2 * u + (1 - 2 * u) * std::pow(1 - place, eta + 1), 1 / (eta + 1)) - 1;
  return 1 - std::pow(2 * (1 - u) + 2 * (u - 0.5) * std::pow(place, eta + 1), 1 / (eta + 1));
}

inline double clamped(double value, const GeneRange& gene) {
  return std::clamp(value, static_cast<double>(gene.lowest), static_cast<double>(gene.highest));
}

MULTIPRUNER_INLINE Genome random_genome(std::span<const GeneRange> genes, NumpyRandom& random) {
  Genome genome;
  for (const auto& [lowest, highest] : genes) {
    const double values = static_cast<double>(highest - lowest) + 1;
    genome.push_back(std::min(lowest + static_cast<Index>(random.uniform() * values), highest));
  }
  return genome;
}

MULTIPRUNER_INLINE std::pair<RealGenome, RealGenome> simulated_binary_crossover(const Genome& a, const Genome& b,
                                                                                std::span<const GeneRange> genes,
                                                                                double eta, NumpyRandom& random) {
  std::pair<RealGenome, RealGenome> children{RealGenome(a.begin(), a.end()), RealGenome(b.begin(), b.end())};
  for (std::size_t i = 0; i < genes.size(); ++i) {
    if (random.uniform() >= 0.5 || a[i] == b[i]) continue;
    const double lower = static_cast<double>(std::min(a[i], b[i])), upper = static_cast<double>(std::max(a[i], b[i]));
    const double distance = upper - lower, u = random.uniform();
    const double below = 1 + 2 * (lower - static_cast<double>(genes[i].lowest)) / distance;
    const double above = 1 + 2 * (static_cast<double>(genes[i].highest) - upper) / distance;
    double first = clamped((lower + upper - spread(below, eta, u) * distance) / 2, genes[i]);
    double second = clamped((lower + upper + spread(above, eta, u) * distance) / 2, genes[i]);
    if (random.uniform() < 0.5) std::swap(first, second);
    children.first[i] = first;
    children.second[i] = second;
  }
  return children;
}

MULTIPRUNER_INLINE void polynomial_mutation(RealGenome& genome, std::span<const GeneRange> genes, double eta,
                                            NumpyRandom& random) {
  const double probability = std::min(0.5, 1 / static_cast<double>(genes.size()));
  for (std::size_t i = 0; i < genes.size(); ++i) {
    if (random.uniform() >= probability || genes[i].lowest == genes[i].highest) continue;
    const auto range = static_cast<double>(genes[i].highest - genes[i].lowest);
    const double place = (genome[i] - static_cast<double>(genes[i].lowest)) / range;
    genome[i] = clamped(genome[i] + mutation(place, eta, random.uniform()) * range, genes[i]);
  }
}

MULTIPRUNER_INLINE Genome nearest_genome(const RealGenome& genome, std::span<const GeneRange> genes) {
  Genome whole;
  for (std::size_t i = 0; i < genes.size(); ++i) {
    whole.push_back(static_cast<Index>(clamped(std::nearbyint(genome[i]), genes[i])));
  }
  return whole;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
