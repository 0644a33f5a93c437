// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// How NsgaII goes about its work.
struct NsgaIIOptions {
  Index evaluations = 2000;  ///< genomes that are evaluated at most, those of the first population included
  Index population = 50;     ///< genomes that survive a generation, and that it adds; from 2 on

  double crossover_probability = 0.9;  ///< that two parents are mixed and not copied
  double eta_crossover = 15;           ///< the larger, the closer are children to their parents; from 0 on

  /// That a child is mutated at all; each of its n genes then is with probability min(0.5, 1/n). Some programs that
  /// build on pymoo give a probability for single genes here, such as 0.02, and so hardly mutate anything.
  double mutation_probability = 1;
  double eta_mutation = 20;  ///< the larger, the smaller are mutations; from 0 on

  std::uint64_t seed = 42;  ///< of all that is drawn
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
