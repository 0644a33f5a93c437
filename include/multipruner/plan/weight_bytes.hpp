// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// Bytes that the weights take which a plan leaves of a graph, in the scalar types in which the graph has them: what
/// `save` writes of them. Tied weights count once, norms of removed blocks as in `count_parameters`. What the graph has
/// not got and the plan has, in a graph that is pruned already, counts as in the type of the embedding.
/// @throws OptionError for a plan of another model.
[[nodiscard]] Index weight_bytes(const Graph& graph, const Plan& plan);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/weight_bytes.ipp>
#endif
