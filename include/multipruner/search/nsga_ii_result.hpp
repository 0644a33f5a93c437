// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/search/evaluated_genome.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What NsgaII has found, or has found so far. Genomes are referred to by their places in `evaluated`.
struct NsgaIIResult {
  std::vector<EvaluatedGenome> evaluated{};  ///< all of them, in the order of evaluation; no genome twice
  std::vector<std::size_t> front{};          ///< those of all that no other one dominates, in ascending order
  std::vector<std::size_t> population{};     ///< those that survived last
  Index generations = 0;                     ///< the first population is one
  bool exhausted = false;                    ///< whether it ended because no other genome was found
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
