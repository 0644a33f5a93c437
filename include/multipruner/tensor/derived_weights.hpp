// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// What keeps the weights of a graph alive that was made from another one: its new weights, and the memory of all that
/// it shares with the other.
struct DerivedWeights final : WeightMemory {
  /// @param others  may be empty if the caller keeps shared weights alive
  /// @param scratch_folder  see WeightStore
  explicit DerivedWeights(std::shared_ptr<const WeightMemory> others, std::filesystem::path scratch_folder = {})
      : copies(std::move(scratch_folder)), shared(std::move(others)) {}

  MULTIPRUNER_INLINE void release(const WeightView& weight) const noexcept override;

  WeightStore copies;
  std::shared_ptr<const WeightMemory> shared;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/derived_weights.ipp>
#endif
