// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <multipruner/compensation/detail/output_weights.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void OutputWeights::release(BlockId block) {
  for (const WeightView& tensor : weights_[block]) {
    if (tensor) store_.release(tensor);
  }
  view_->graph().release(block);
}

MULTIPRUNER_INLINE void OutputWeights::set(BlockAxis axis, MatrixView<const double> weight) {
  store(axis.block, matrix_slot(axis), weight);
}

MULTIPRUNER_INLINE WeightView OutputWeights::get_bias(BlockAxis axis) {
  const auto slot = kind(axis.block).bias_slot(matrix_slot(axis));
  return slot ? weights_[axis.block][*slot] : WeightView{};
}

MULTIPRUNER_INLINE void OutputWeights::set_bias(BlockAxis axis, MatrixView<const double> bias) {
  store(axis.block, kind(axis.block).bias_slot(matrix_slot(axis)).value(), bias);
}

MULTIPRUNER_INLINE Graph OutputWeights::graph() const {
  return {view_->config(), weights_, {}, view_->graph().origin()};
}

MULTIPRUNER_INLINE Graph OutputWeights::extracted() const {
  const Graph current = graph();
  return extract(ModelView(current), scratch_folder_);
}

MULTIPRUNER_INLINE void OutputWeights::store(BlockId block, std::size_t slot, MatrixView<const double> values) {
  WeightView& tensor = weights_[block][slot];
  const BlockSpec& spec = view_->config().blocks[block];
  const DType dtype = tensor.dtype;
  tensor = store_weights(store_, values, dtype);
  if (is_finite(tensor)) return;
  throw DataError(view_->graph().origin().label(spec.kind().slots[slot].role, spec.layer()),
                  "what makes up for removed blocks is too large for " + std::string(name_of(dtype)),
                  "Use a larger ridge, more text to fit to, or no compensation");
}

MULTIPRUNER_INLINE void solve_in_place(const DampedCholesky& factor, MatrixView<double> right) {
  constexpr Index rows_per_task = 32;
  parallel_for((right.rows + rows_per_task - 1) / rows_per_task, [&](Index task) {
    const Index first = task * rows_per_task;
    const MatrixView<double> part = right.row_range(first, std::min(rows_per_task, right.rows - first));
    solve_rows(factor.upper.view(), part);
    solve_rows_transposed(factor.upper.view(), part);
  });
}

MULTIPRUNER_INLINE void require_same_model(const ModelView& dense, const ModelView& pruned) {
  const ModelConfig &a = dense.config(), &b = pruned.config();
  bool same = a.num_blocks() == b.num_blocks() && a.hidden_size == b.hidden_size && a.vocab_size == b.vocab_size;
  for (Index position = 0; same && position < a.num_blocks(); ++position) {
    const BlockSpec &left = a.blocks[{position}], &right = b.blocks[{position}];
    same = &left.kind() == &right.kind() && left.stream_out() == right.stream_out() &&
           left.has_shortcut() == right.has_shortcut() && left.whole() == right.whole();
  }
  if (same) return;
  throw OptionError("compensation", "the two views are not of one model", "Give the model that was pruned");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
