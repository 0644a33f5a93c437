// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// A point of a space of integers: one value a gene.
using Genome = std::vector<Index>;

/// The values that a gene may have, both ends included.
struct GeneRange {
  Index lowest = 0;
  Index highest = 0;

  friend constexpr bool operator==(const GeneRange&, const GeneRange&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
