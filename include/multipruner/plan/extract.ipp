// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

#include <multipruner/plan/extract.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE Graph extract(const ModelView& view, const std::filesystem::path& scratch_folder) {
  auto store = std::make_shared<WeightStore>(scratch_folder);
  Weights weights = view.weights();
  const void* const embedding = view.graph().embed_tokens().data;
  for_each_place(view.config(), weights, [&](const TensorPlace& place, WeightView& tensor) {
    const bool tied = place.slot == &Ends::slots[Ends::lm_head] && tensor.data == embedding;
    const WeightView original = tensor;
    tensor = tied ? weights.ends[Ends::embed_tokens] : store->copy(original);
    view.graph().release(original);
    if (!tied) store->release(tensor);
  });
  return {view.config(), std::move(weights), std::move(store), view.graph().origin()};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
