// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/choice.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/origin.hpp>
#include <multipruner/graph/weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Checks the sizes that everything else is computed from: an embedding program may have forgotten one. What is
/// computed from them does not overflow then. @throws DataError naming the size.
void require_sizes(const ModelConfig& config);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// Checks that all tensors are there, that their shapes fit the configuration, and that what is said of their memory
/// can be: strides, and where it begins. Blocks may be narrower than configured, and blocks may be absent: that is what
/// a pruned model looks like.
/// @returns by position, what is left of every block.
/// @throws DataError naming the size that is impossible, or the tensor, the shape it has and the shape it should have,
/// or what is wrong with its memory.
std::vector<Choice> validate(const ModelConfig& config, const Weights& weights, const Origin& origin = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/validate.ipp>
#endif
