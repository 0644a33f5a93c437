// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/plan/block_source.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE BlockView narrowed(const Graph& graph, BlockId block, const Choice& choice) {
  const BlockSpec& spec = graph.spec(block);
  BlockView view{&spec, choice, graph.tensors(block), graph.shortcut(block)};
  if (choice == graph.present(block)) return view;
  for (std::size_t slot = 0; slot < view.tensors.size(); ++slot) {
    WeightView& tensor = view.tensors[slot];
    const auto shape = spec.shape(slot, choice);
    tensor = tensor && shape ? tensor.row_range(0, shape->rows).column_range(0, shape->columns) : WeightView{};
  }
  return view;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
