// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/nsga_ii_options.hpp>
#include <multipruner/search/nsga_ii_problem.hpp>
#include <multipruner/search/nsga_ii_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// NSGA-II over vectors of integers (Deb, Pratap, Agarwal and Meyarivan, 2002): a population evolves towards the
/// genomes that no other one beats in one objective without being worse in another.
///
/// Parents are chosen in tournaments of two (dominance, then crowding distance, then chance) and mixed by simulated
/// binary crossover (Deb and Agrawal, 1995), children are moved by polynomial mutation, both as pymoo has them, rounded
/// half to even. Parents and children survive by non-dominated sorting, and by crowding distance in the last front.
///
/// No genome is evaluated twice: where mating brings nothing new, genomes are drawn. A genome with an objective that is
/// not finite is dominated by all that have none, and dominates nothing. The same input gives the same result.
class NsgaII {
 public:
  /// @throws OptionError for options out of range
  explicit NsgaII(NsgaIIOptions options = {});

  /// Ends when as many genomes are evaluated as the options allow, or when all are that there are. With a repair it
  /// also ends when many draws in a row have brought no genome that is new.
  /// @throws OptionError for a gene without values, a genome that is not of the space, and an evaluation that does not
  /// give as many objectives for every genome
  [[nodiscard]] NsgaIIResult minimise(const NsgaIIProblem& problem) const;

 private:
  NsgaIIOptions options_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/nsga_ii.ipp>
#endif
