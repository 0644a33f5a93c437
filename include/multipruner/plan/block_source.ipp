// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/plan/block_source.hpp>
#include <multipruner/plan/detail/require_choice.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE BlockView narrowed(const Graph& graph, BlockId block, const Choice& choice) {
  const BlockSpec& spec = graph.spec(block);
  const Choice& present = graph.present(block);
  detail::require_choice(spec, choice, present);
  BlockView view{&spec, choice, graph.tensors(block), graph.shortcut(block)};
  if (choice == present) return view;
  for (std::size_t slot = 0; slot < view.tensors.size(); ++slot) {
    WeightView& tensor = view.tensors[slot];
    const auto shape = spec.shape(slot, choice);
    tensor = tensor && shape ? tensor.row_range(0, shape->rows).column_range(0, shape->columns) : WeightView{};
  }
  return view;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
