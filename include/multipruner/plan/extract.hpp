#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner {

/// The smaller model that a view describes, in memory of its own: narrowed tensors are copied, removed blocks are gone
/// (their norms stay, as in the released MultiPruner extraction). Scalar types are kept.
///
/// A forward pass over the result gives the bits of a forward pass over the view.
/// @param scratch_folder where given, the copies lie in a file there and not in memory (`WeightMemory`).
[[nodiscard]] inline Graph extract(const ModelView& view, const std::filesystem::path& scratch_folder = {}) {
  auto store = std::make_shared<WeightStore>(scratch_folder);
  Origin origin = view.graph().origin();
  origin.removal_order = view.plan().removal_order();
  Weights weights = view.weights();
  const WeightView embed_tokens = weights.embed_tokens;
  for_each_tensor(weights, [&](TensorRole role, Index, WeightView& tensor) {
    const bool tied = role == TensorRole::lm_head && tensor.data == embed_tokens.data;
    const WeightView original = tensor;
    tensor = tied ? weights.embed_tokens : store->copy(original);
    view.graph().release(original);
    if (!tied) store->release(tensor);
  });
  return {view.config(), std::move(weights), std::move(store), std::move(origin)};
}

}  // namespace multipruner
