// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block_spec.hpp>
#include <multipruner/graph/weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

/// A residual block as a plan leaves it: tensors as narrow as the choice. The graph that it is of must outlive it.
struct BlockView {
  const BlockSpec* spec = nullptr;
  Choice choice{};
  Tensors tensors{};      ///< by the slots of the kind; of a block that is gone, those that stay
  WeightView shortcut{};  ///< empty where the stream just goes on

  [[nodiscard]] const WeightView& operator[](std::size_t slot) const { return tensors[slot]; }

  [[nodiscard]] bool is_gone() const { return spec->kind().is_gone(choice); }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
