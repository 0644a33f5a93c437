// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <utility>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A pruned model some of whose output matrices are replaced, in their scalar type. The view's graph must outlive it.
class OutputWeights {
 public:
  /// @param scratch_folder  see WeightStore
  explicit OutputWeights(const ModelView& view, std::filesystem::path scratch_folder = {})
      : view_(&view), weights_(view.weights()), scratch_folder_(std::move(scratch_folder)), store_(scratch_folder_) {}

  [[nodiscard]] WeightView get(BlockAxis axis) { return weights_[axis.block][matrix_slot(axis)]; }

  /// A hint that a block is not needed for a while.
  void release(BlockId block);

  /// @param weight  out × width
  /// @throws DataError naming the tensor where its scalar type cannot hold an entry.
  void set(BlockAxis axis, MatrixView<const double> weight);

  /// An empty view where there is no bias.
  [[nodiscard]] WeightView get_bias(BlockAxis axis);

  /// @param bias  one row of as many entries as the stream behind the block
  /// @throws DataError as `set`.
  void set_bias(BlockAxis axis, MatrixView<const double> bias);

  /// The model as it is now; valid as long as this object.
  [[nodiscard]] Graph graph() const;

  /// The model as it is now, in memory of its own.
  [[nodiscard]] Graph extracted() const;

 private:
  [[nodiscard]] const Kind& kind(BlockId block) const { return view_->config().blocks[block].kind(); }
  [[nodiscard]] std::size_t matrix_slot(BlockAxis axis) const {
    return kind(axis.block).output_slot(axis.axis).value();
  }
  void store(BlockId block, std::size_t slot, MatrixView<const double> values);

  const ModelView* view_;
  Weights weights_;
  std::filesystem::path scratch_folder_;
  WeightStore store_;
};

/// Solves x · Uᵀ·U = right in place, for all rows in parallel.
void solve_in_place(const DampedCholesky& factor, MatrixView<double> right);

/// @throws OptionError unless both views are of models of one configuration.
void require_same_model(const ModelView& dense, const ModelView& pruned);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/detail/output_weights.ipp>
#endif
