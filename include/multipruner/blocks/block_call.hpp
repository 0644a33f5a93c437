// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>

#include <multipruner/blocks/observer.hpp>
#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/blocks/workspace.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block_state.hpp>
#include <multipruner/simd/linear.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// What a block is given to run once, besides its spec and its tensors.
struct BlockCall {
  BlockId block;               ///< that runs
  MatrixView<const float> in;  ///< the stream that it reads: the rows of all sequences of the batch, stacked
  MatrixView<float> out;       ///< the stream that it adds to; the same memory, unless the widths differ
  const SequenceBatch& batch;
  Workspace& workspace;
  ObserverRef observer;
  std::span<BlockState* const> states;  ///< of the tokens before these, one for every sequence; or empty

  /// Shows the observer one of the inputs of the kind.
  void observe(std::size_t input, MatrixView<const float> rows) const { observer(block, input_signal(input), rows); }

  /// y = x · weightᵀ + bias for several weights, in the compute type of the pass.
  void multiply(MatrixView<const float> x, std::initializer_list<simd::LinearTerm> terms) const;

  /// out += x · weightᵀ + bias
  void add(MatrixView<const float> x, const WeightView& weight, const WeightView& bias) const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/block_call.ipp>
#endif
