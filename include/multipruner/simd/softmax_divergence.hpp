// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// What logits are made from: hidden · headᵀ, and what is done to them besides.
struct Logits {
  MatrixView<const float> hidden{};  ///< rows × in
  WeightView head{};                 ///< vocabulary × in as stored
  LogitTerms terms{};
};

/// Kullback–Leibler divergences of next tokens: kl[i] = Σ_v p_v (log p_v − log q_v), p and q being the softmax of row i
/// of the two. Not below 0, where rounding would make it so.
///
/// As in `cross_entropy`, logits exist only a tile of the vocabulary at a time, and kl[i] depends on row i alone.
///
/// @param labels  one a row; where it is negative, the row does not count and its kl is 0
/// @param kl      one a row, in nats
/// @throws OptionError where shapes disagree
void softmax_divergence(const Logits& p, const Logits& q, std::span<const TokenId> labels, std::span<double> kl,
                        Compute compute = Compute::float32);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/softmax_divergence.ipp>
#endif
