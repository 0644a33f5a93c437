// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/search/nsga_ii_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What NsgaII is to minimise.
struct NsgaIIProblem {
  std::vector<GeneRange> genes{};
  /// Objectives of a batch of genomes, in their order: as many for each, all to be minimised.
  std::function<std::vector<Objectives>(std::span<const Genome>)> evaluate{};
  /// Genomes of the first population; the rest of it is drawn. More of them than a population are all evaluated.
  std::vector<Genome> seeds{};
  /// Moves a genome to one that is of use, before it is evaluated; what it draws comes from the search. May be empty.
  std::function<Genome(Genome, NumpyRandom&)> repair{};
  /// Told after every generation how far the search is; may be empty.
  std::function<void(const NsgaIIResult&)> on_generation{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
