#pragma once

#include <multipruner/search/cost_memory.hpp>

namespace multipruner {

/// The part of a memory that belongs to one turn of a run, so that the memory serves all of its models. What it is of
/// must outlive it.
class TurnMemory final : public CostMemory {
 public:
  /// @param turn  counted from 0
  TurnMemory(CostMemory& memory, Index turn) : memory_(&memory), turn_(turn) {}
  TurnMemory(CostMemory&&, Index) = delete;

  [[nodiscard]] bool find(const CostKey& key, std::span<double> costs) const override {
    return memory_->find(of_turn(key), costs);
  }
  void add(const CostKey& key, std::span<const double> costs) override { memory_->add(of_turn(key), costs); }

 private:
  [[nodiscard]] CostKey of_turn(CostKey key) const {
    key.turn = turn_;
    return key;
  }

  CostMemory* memory_;
  Index turn_;
};

}  // namespace multipruner
