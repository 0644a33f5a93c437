// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/blocks/block_call.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE void BlockCall::multiply(MatrixView<const float> x,
                                            std::initializer_list<simd::LinearTerm> terms) const {
  simd::linear(x, std::span(terms.begin(), terms.size()), simd::Store::overwrite, workspace.compute());
}

MULTIPRUNER_INLINE void BlockCall::add(MatrixView<const float> x, const WeightView& weight,
                                       const WeightView& bias) const {
  simd::linear(x, weight, bias, out, simd::Store::add, workspace.compute());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
