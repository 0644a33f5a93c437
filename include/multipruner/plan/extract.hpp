#pragma once

#include <memory>
#include <utility>

#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner {

/// The smaller model that a view describes, in memory of its own: narrowed tensors are copied, removed blocks are gone
/// (their norms stay, as in the released MultiPruner extraction). Scalar types are kept.
///
/// A forward pass over the result gives the bits of a forward pass over the view.
[[nodiscard]] inline Graph extract(const ModelView& view) {
  auto store = std::make_shared<WeightStore>();
  Origin origin = view.graph().origin();
  origin.removal_order = view.plan().removal_order();
  Weights weights = view.weights();
  const WeightView embed_tokens = weights.embed_tokens;
  for_each_tensor(weights, [&](TensorRole role, Index, WeightView& tensor) {
    const bool tied = role == TensorRole::lm_head && tensor.data == embed_tokens.data;
    tensor = tied ? weights.embed_tokens : store->copy(tensor);
  });
  return {view.config(), std::move(weights), std::move(store), std::move(origin)};
}

}  // namespace multipruner
