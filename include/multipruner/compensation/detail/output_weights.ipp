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
  store_.release(get(block));
  view_->graph().release(block);
}

MULTIPRUNER_INLINE void OutputWeights::set(BlockId block, MatrixView<const double> weight) {
  store(output_matrix(weights_, block), weight,
        block.kind == BlockKind::attention ? TensorRole::o_proj : TensorRole::down_proj, block.layer);
}

MULTIPRUNER_INLINE void OutputWeights::set_bias(BlockId block, MatrixView<const double> bias) {
  store(output_bias(weights_, block), bias,
        block.kind == BlockKind::attention ? TensorRole::o_bias : TensorRole::down_bias, block.layer);
}

MULTIPRUNER_INLINE Graph OutputWeights::graph() const {
  Origin origin = view_->graph().origin();
  origin.removal_order = view_->plan().removal_order();
  return {view_->config(), weights_, {}, std::move(origin)};
}

MULTIPRUNER_INLINE Graph OutputWeights::extracted() const {
  const Graph current = graph();
  return extract(ModelView(current), scratch_folder_);
}

MULTIPRUNER_INLINE void OutputWeights::store(WeightView& tensor, MatrixView<const double> values, TensorRole role,
                                             Index layer) {
  const DType dtype = tensor.dtype;
  tensor = store_weights(store_, values, dtype);
  if (is_finite(tensor)) return;
  throw DataError(view_->graph().origin().label(role, layer),
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
  if (a.num_hidden_layers == b.num_hidden_layers && a.hidden_size == b.hidden_size && a.vocab_size == b.vocab_size) {
    return;
  }
  throw OptionError("compensation", "the two views are not of one model", "Give the model that was pruned");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
