// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// Whether memory lies inside other memory.
[[nodiscard]] bool lies_in(std::span<const std::byte> part, std::span<const std::byte> whole);

/// Whatever keeps weights alive.
class WeightMemory {
 public:
  WeightMemory() = default;
  WeightMemory(const WeightMemory&) = delete;
  WeightMemory& operator=(const WeightMemory&) = delete;
  virtual ~WeightMemory() = default;

  /// A hint that a weight is not needed for a while: memory that can be filled again from a file may be given back
  /// to the system. What the weight contains does not change, and it may be read at any time.
  virtual void release(const WeightView& /*weight*/) const noexcept {}
};

/// Makes the owner of any memory keep weights alive, e.g. a vector that an embedding program shares.
template <class Owner>
[[nodiscard]] std::shared_ptr<const WeightMemory> weight_memory(Owner owner) {
  struct Memory final : WeightMemory {
    explicit Memory(Owner kept) : owner(std::move(kept)) {}
    Owner owner;
  };
  return std::make_shared<const Memory>(std::move(owner));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/weight_memory.ipp>
#endif
