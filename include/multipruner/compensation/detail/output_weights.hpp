#pragma once

#include <algorithm>
#include <filesystem>
#include <utility>

#include <Eigen/Core>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/model_view.hpp>

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
  void set(BlockId block, const Eigen::MatrixXd& weight) {
    WeightView& matrix = output_matrix(weights_, block);
    matrix = store_weights(store_, weight, matrix.dtype);
  }

  [[nodiscard]] WeightView get_bias(BlockId block) { return output_bias(weights_, block); }

  /// @param bias  of hidden_size entries
  void set_bias(BlockId block, const Eigen::VectorXd& bias) {
    WeightView& row = output_bias(weights_, block);
    row = store_weights(store_, bias.transpose(), row.dtype);
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
  const ModelView* view_;
  Weights weights_;
  std::filesystem::path scratch_folder_;
  WeightStore store_;
};

/// Solves L·Lᵀ X = right in place, column by column in parallel.
inline void solve_in_place(const DampedCholesky& factor, Eigen::MatrixXd& right) {
  constexpr Index columns_per_task = 32;
  parallel_for((right.cols() + columns_per_task - 1) / columns_per_task, [&](Index task) {
    const Index first = task * columns_per_task;
    auto part = right.middleCols(first, std::min(columns_per_task, right.cols() - first));
    factor.lower.triangularView<Eigen::Lower>().solveInPlace(part);
    factor.lower.transpose().triangularView<Eigen::Upper>().solveInPlace(part);
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
