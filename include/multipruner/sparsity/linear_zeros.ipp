// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/mask_pattern.hpp>
#include <multipruner/sparsity/sparsity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE double LinearZeros::share() const {
  return weights == 0 ? 0 : 100 * static_cast<double>(zeros) / static_cast<double>(weights);
}

MULTIPRUNER_INLINE bool may_have_mask(const WeightView& weight) {
  constexpr Index looked_at = 16;
  const Index step = std::max<Index>(1, weight.rows / looked_at);
  for (Index row = 0; row < weight.rows; row += step) {
    if (sparsity(weight.row_range(row, 1)) > most_chance_zeros) return true;
  }
  return false;
}

MULTIPRUNER_INLINE std::optional<WeightMask> mask_of(const WeightView& weight) {
  if (!may_have_mask(weight)) return std::nullopt;
  WeightMask zeros = zeros_of(weight);
  if (!is_mask(zeros)) return std::nullopt;
  return zeros;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The tensors of all kinds of block, in the order of the residual stream.
inline std::vector<TensorRole> roles_of(const ModelConfig& config) {
  std::vector<TensorRole> roles;
  for (const Kind* kind : config.blocks.kinds()) {
    for (const Slot& slot : kind->slots) roles.push_back(slot.role);
  }
  return roles;
}

/// Calls `f(role, weight)` for the matrices of all blocks that a view leaves, until it returns true.
template <class F>
bool any_linear(const ModelView& view, F&& f) {
  const Weights weights = view.weights();
  bool found = false;
  for_each_place(view.config(), weights, [&](const TensorPlace& place, const WeightView& weight) {
    if (found || !weight || !place.slot->linear) return;
    found = f(place.role, weight);
    view.graph().release(weight);
  });
  return found;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE bool has_weight_mask(const ModelView& view) {
  return detail::any_linear(view, [](TensorRole, const WeightView& weight) { return mask_of(weight).has_value(); });
}

MULTIPRUNER_INLINE std::vector<LinearZeros> linear_zeros(const ModelView& view) {
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
  const std::vector<TensorRole> order = detail::roles_of(view.config());
  std::ranges::sort(kinds, {}, [&](const LinearZeros& kind) { return std::ranges::find(order, kind.role); });
  return kinds;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
