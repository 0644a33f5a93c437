#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::detail {

/// A pruned model some of whose output matrices are replaced, in their scalar type. The view's graph must outlive it.
class OutputWeights {
 public:
  /// @param scratch_folder  see WeightStore
  explicit OutputWeights(const ModelView& view, std::filesystem::path scratch_folder = {})
      : view_(&view), weights_(view.weights()), scratch_folder_(std::move(scratch_folder)), store_(scratch_folder_) {}

  [[nodiscard]] WeightView get(BlockId block) { return output_matrix(weights_, block); }

  /// A hint that a block is not needed for a while.
  void release(BlockId block) {
    store_.release(get(block));
    view_->graph().release(block);
  }

  /// @param weight  out × width
  /// @throws DataError naming the tensor where its scalar type cannot hold an entry.
  void set(BlockId block, const WeightMatrix& weight) {
    store(output_matrix(weights_, block), weight,
          block.kind == BlockKind::attention ? TensorRole::o_proj : TensorRole::down_proj, block.layer);
  }

  [[nodiscard]] WeightView get_bias(BlockId block) { return output_bias(weights_, block); }

  /// @param bias  one row of hidden_size entries
  /// @throws DataError as `set`.
  void set_bias(BlockId block, const WeightMatrix& bias) {
    store(output_bias(weights_, block), bias,
          block.kind == BlockKind::attention ? TensorRole::o_bias : TensorRole::down_bias, block.layer);
  }

  /// The model as it is now; valid as long as this object.
  [[nodiscard]] Graph graph() const {
    Origin origin = view_->graph().origin();
    origin.removal_order = view_->plan().removal_order();
    return {view_->config(), weights_, {}, std::move(origin)};
  }

  /// The model as it is now, in memory of its own.
  [[nodiscard]] Graph extracted() const {
    const Graph current = graph();
    return extract(ModelView(current), scratch_folder_);
  }

 private:
  void store(WeightView& tensor, const WeightMatrix& values, TensorRole role, Index layer) {
    const DType dtype = tensor.dtype;
    tensor = store_weights(store_, values, dtype);
    if (is_finite(tensor)) return;
    throw DataError(view_->graph().origin().label(role, layer),
                    "what makes up for removed blocks is too large for " + std::string(name_of(dtype)),
                    "Use a larger ridge, more text to fit to, or no compensation");
  }

  const ModelView* view_;
  Weights weights_;
  std::filesystem::path scratch_folder_;
  WeightStore store_;
};

/// Solves x · L·Lᵀ = right in place, for all rows in parallel.
inline void solve_in_place(const DampedCholesky& factor, MatrixView<double> right) {
  constexpr Index rows_per_task = 32;
  parallel_for((right.rows + rows_per_task - 1) / rows_per_task, [&](Index task) {
    const Index first = task * rows_per_task;
    const MatrixView<double> part = right.row_range(first, std::min(rows_per_task, right.rows - first));
    solve_rows(stored_rows(factor.lower), part);
    solve_rows_transposed(stored_rows(factor.lower), part);
  });
}

/// @throws OptionError unless both views are of models of one configuration.
inline void require_same_model(const ModelView& dense, const ModelView& pruned) {
  const ModelConfig &a = dense.config(), &b = pruned.config();
  if (a.num_hidden_layers == b.num_hidden_layers && a.hidden_size == b.hidden_size && a.vocab_size == b.vocab_size) {
    return;
  }
  throw OptionError("compensation", "the two views are not of one model", "Give the model that was pruned");
}

}  // namespace multipruner::detail
