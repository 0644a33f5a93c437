// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/cost_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// The part of a memory that belongs to one turn of a run, so that the memory serves all of its models. A turn is told
/// by the model that it starts from, not by its number: with other settings, or a larger ratio, the same turn may start
/// from another model. What it is of must outlive it.
class TurnMemory final : public CostMemory {
 public:
  /// @param start  a checksum of the model that the turn starts from, e.g. fingerprint_of_weights; 0 for the model that
  /// the memory belongs to
  TurnMemory(CostMemory& memory, std::uint64_t start) : memory_(&memory), start_(start) {}
  TurnMemory(CostMemory&&, std::uint64_t) = delete;

  [[nodiscard]] MULTIPRUNER_INLINE bool find(const CostKey& key, std::span<double> costs) const override;
  void add(const CostKey& key, std::span<const double> costs) override { memory_->add(of_turn(key), costs); }

 private:
  [[nodiscard]] CostKey of_turn(CostKey key) const;

  CostMemory* memory_;
  std::uint64_t start_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/turn_memory.ipp>
#endif
