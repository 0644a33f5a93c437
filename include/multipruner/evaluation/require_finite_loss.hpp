// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation {

/// Checks a loss that was measured. Where it is not finite, the weights are looked at, then what the model computes on
/// the first window whose loss is not.
/// @param where  names the text, or the model, in errors
/// @param remedy  what to do where the weights are finite, and the loss is not
/// @throws DataError naming the tensor, or the block, in which NaN or infinity first appears.
void require_finite_loss(
    const ModelView& view, const TokenWindows& windows, const PerplexityResult& result, const std::string& where,
    simd::Compute compute = simd::Compute::float32,
    const std::string& remedy = "Get the checkpoint again; it was damaged, or its training or conversion went wrong");

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/evaluation/require_finite_loss.ipp>
#endif
