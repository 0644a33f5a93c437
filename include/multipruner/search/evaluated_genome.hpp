// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/gene_range.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What a genome is measured by, each of them to be minimised.
using Objectives = std::vector<double>;

/// A genome and what was measured of it.
struct EvaluatedGenome {
  Genome genome{};
  Objectives objectives{};  ///< NaN and infinity mean that it does not work

  friend bool operator==(const EvaluatedGenome&, const EvaluatedGenome&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
