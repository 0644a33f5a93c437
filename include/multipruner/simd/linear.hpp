// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/simd/store.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// One of the weights that rows are multiplied with.
struct LinearTerm {
  WeightView weight;    ///< out × in as stored
  WeightView bias;      ///< 1 × out, or empty
  MatrixView<float> y;  ///< rows × out; it may not overlap x
};

/// y = x · weightᵀ + bias, or y += x · weightᵀ + bias, for each of several weights. Sums are float32.
///
/// An element of y depends only on its row of x, its row of the weight, its bias and its old value: its bits are the
/// same whatever rows and columns stand beside it, whatever the strides are, however many threads run, and whichever
/// weights there are besides.
///
/// @param x  rows × in
/// Throws OptionError where shapes disagree.
void linear(MatrixView<const float> x, std::span<const LinearTerm> terms, Store store = Store::overwrite,
            Compute compute = Compute::float32);

/// The same for one weight.
void linear(MatrixView<const float> x, const WeightView& weight, const WeightView& bias, MatrixView<float> y,
            Store store = Store::overwrite, Compute compute = Compute::float32);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/linear.ipp>
#endif
