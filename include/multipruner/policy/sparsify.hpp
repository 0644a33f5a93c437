// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/detail/sparsifier.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Prunes the weights of the linears of a whole model, block after block: a residual block runs over all calibration
/// windows while it is still dense, behind blocks that are pruned already; its linears are pruned on the Gram matrices
/// of their inputs; it runs again, and what comes out is the input of the next block (Wanda, arXiv 2306.11695;
/// SparseGPT, arXiv 2301.00774; MRP, arXiv 2410.15567). Nothing is trained.
///
/// A residual block is not a layer: statistics of an MLP are behind the pruned attention of its layer. The
/// released codes take decoder layers as a whole, so that there an MLP sees its layer's attention dense.
///
/// Shapes and scalar types stay, removed weights are exactly zero. Models may be pruned by width and depth before. The
/// same bits for every number of threads and every `rows_per_pass`. Holds the residual streams of all windows (tokens ×
/// hidden_size floats), and the Gram matrices of one block.
///
/// @tparam Pruner  WandaMask, SparseGpt, Mrp, or any WeightPruner of yours. q, k and v, and gate and up share a Hessian
///         if it is a HessianPruner.
/// @param progress  advances with every pass of a block and with every linear
/// @throws DataError if there are no windows, a token is not in the vocabulary, weights or activations are not finite,
///         or new weights are too large for their scalar type; what the pruner throws.
template <class Pruner>
[[nodiscard]] SparsifyResult sparsify(const ModelView& view, const TokenWindows& windows, const Pruner& pruner,
                                      const SparsifyOptions& options = {}, ProgressSink& progress = silent_progress()) {
  static_assert(WeightPruner<Pruner>,
                "sparsify: the pruner must be a WeightPruner: callable with a LinearProblem, returning PrunedWeights");
  return detail::Sparsifier<Pruner>(view, windows, pruner, options, progress).run();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
