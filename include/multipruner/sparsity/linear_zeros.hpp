#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/sparsity/mask_pattern.hpp>

namespace multipruner {

/// The zeros of all linears of one kind.
struct LinearZeros {
  TensorRole role = TensorRole::q_proj;
  Index layers = 0, weights = 0, zeros = 0;
  std::optional<NOfM> pattern{};  ///< that all of them have

  /// Percent of the weights that are zero.
  [[nodiscard]] double share() const {
    return weights == 0 ? 0 : 100 * static_cast<double>(zeros) / static_cast<double>(weights);
  }

  friend bool operator==(const LinearZeros&, const LinearZeros&) = default;
};

/// Whether some rows, spread over a matrix, have more zeros than chance gives: cheap for matrices that lie in files.
[[nodiscard]] inline bool may_have_mask(const WeightView& weight) {
  constexpr Index looked_at = 16;
  const Index step = std::max<Index>(1, weight.rows / looked_at);
  for (Index row = 0; row < weight.rows; row += step) {
    if (sparsity(weight.row_range(row, 1)) > most_chance_zeros) return true;
  }
  return false;
}

/// The zeros of a stored weight where they are a mask. Of other weights only some rows are read.
[[nodiscard]] inline std::optional<WeightMask> mask_of(const WeightView& weight) {
  if (!may_have_mask(weight)) return std::nullopt;
  WeightMask zeros = zeros_of(weight);
  if (!is_mask(zeros)) return std::nullopt;
  return zeros;
}

namespace detail {

/// Calls `f(role, weight)` for the matrices of all blocks that a view leaves, until it returns true.
template <class F>
bool any_linear(const ModelView& view, F&& f) {
  const Weights weights = view.weights();
  bool found = false;
  for_each_tensor(weights, [&](TensorRole role, Index layer, const WeightView& weight) {
    if (found || layer < 0 || !weight || !is_matrix(role)) return;
    found = f(role, weight);
    view.graph().release(weight);
  });
  return found;
}

}  // namespace detail

/// Whether a linear of an attention or MLP block has a mask. Reads some rows of each, and all of those that seem to.
[[nodiscard]] inline bool has_weight_mask(const ModelView& view) {
  return detail::any_linear(view, [](TensorRole, const WeightView& weight) { return mask_of(weight).has_value(); });
}

/// Counts the zeros of all linears that a view leaves, by kind, in the order of the residual stream.
[[nodiscard]] inline std::vector<LinearZeros> linear_zeros(const ModelView& view) {
  std::vector<LinearZeros> kinds;
  detail::any_linear(view, [&](TensorRole role, const WeightView& weight) {
    const WeightMask zeros = zeros_of(weight);
    const std::optional<NOfM> pattern = pattern_of(zeros);
    auto kind = std::ranges::find(kinds, role, &LinearZeros::role);
    if (kind == kinds.end()) kind = kinds.insert(kind, {.role = role, .pattern = pattern});
    if (kind->pattern != pattern) kind->pattern.reset();
    ++kind->layers;
    kind->weights += weight.rows * weight.columns;
    kind->zeros += zeros.count();
    return false;
  });
  std::ranges::sort(kinds, {}, &LinearZeros::role);
  return kinds;
}

}  // namespace multipruner
