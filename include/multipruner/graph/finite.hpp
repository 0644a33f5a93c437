// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// Whether all entries of a weight are finite.
[[nodiscard]] bool is_finite(const WeightView& weight);

/// Checks every weight of a model, once over all of its memory. Done before long work rather than at loading.
/// @throws DataError naming the first tensor with NaN or infinity.
void require_finite(const Graph& graph);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/finite.ipp>
#endif
