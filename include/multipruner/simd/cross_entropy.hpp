// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// What is done to logits behind the product, l ← factor · (scale · l + bias), for every token of the vocabulary, and
/// then l ← cap · tanh(l / cap).
struct LogitTerms {
  std::span<const float> scale{};  ///< one a token, or empty
  WeightView bias{};               ///< 1 × vocabulary, or empty
  float factor = 1;                ///< the same for all tokens
  float soft_cap = 0;              ///< 0: none
};

/// Applies them to the logits of the tokens from `first` on. @param logits  rows × so many of them
void apply(const LogitTerms& terms, Index first, MatrixView<float> logits);

/// Negative log-likelihoods of next tokens: nll[i] = logsumexp(hidden_i · headᵀ) − (hidden_i ·
/// headᵀ)[labels[i]].
///
/// The logits exist only a tile of the vocabulary at a time. nll[i] depends on row i and its label alone,
/// whatever rows stand beside it and however many threads run.
///
/// @param hidden  rows × in
/// @param head    vocabulary × in as stored
/// @param labels  one a row; a negative label is ignored and its nll is 0
/// @param nll     one a row, in nats
/// @param terms   what is done to the logits besides
/// Throws OptionError where shapes disagree or a label lies outside of the vocabulary.
void cross_entropy(MatrixView<const float> hidden, const WeightView& head, std::span<const TokenId> labels,
                   std::span<double> nll, Compute compute = Compute::float32, const LogitTerms& terms = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/cross_entropy.ipp>
#endif
