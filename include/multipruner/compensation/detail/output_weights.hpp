#pragma once

#include <filesystem>
#include <utility>

#include <multipruner/calibration/damped_inverse.hpp>
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

  [[nodiscard]] WeightView get(BlockId block) { return output_matrix(weights_, block); }

  /// A hint that a block is not needed for a while.
  void release(BlockId block);

  /// @param weight  out × width
  /// @throws DataError naming the tensor where its scalar type cannot hold an entry.
  void set(BlockId block, MatrixView<const double> weight);

  [[nodiscard]] WeightView get_bias(BlockId block) { return output_bias(weights_, block); }

  /// @param bias  one row of hidden_size entries
  /// @throws DataError as `set`.
  void set_bias(BlockId block, MatrixView<const double> bias);

  /// The model as it is now; valid as long as this object.
  [[nodiscard]] Graph graph() const;

  /// The model as it is now, in memory of its own.
  [[nodiscard]] Graph extracted() const;

 private:
  void store(WeightView& tensor, MatrixView<const double> values, TensorRole role, Index layer);

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
