// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/validate.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline std::size_t required_output_slot(const Graph& graph, BlockAxis axis) {
  const Kind& kind = graph.spec(axis.block).kind();
  if (const auto slot = kind.output_slot(axis.axis)) return *slot;
  throw OptionError(graph.label(axis.block), "axis " + std::to_string(axis.axis) + " has no output matrix",
                    "Ask for an axis whose units add to the residual stream");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

struct Graph::HeadScale {
  std::once_flag once{};
  std::vector<float> values{};
};

MULTIPRUNER_INLINE Graph::Graph(ModelConfig config, Weights weights, std::shared_ptr<const WeightMemory> storage,
                                Origin origin)
    : config_(std::move(config)),
      weights_(std::move(weights)),
      storage_(std::move(storage)),
      origin_(std::move(origin)) {
  present_ = validate(config_, weights_, origin_);
  if (config_.normalized_head) head_scale_ = std::make_shared<HeadScale>();
}

MULTIPRUNER_INLINE std::span<const float> Graph::head_scale() const {
  if (!head_scale_) return {};
  std::call_once(head_scale_->once, [&] {
    constexpr double least_norm = 1e-12;  // as torch.nn.functional.normalize has it
    std::vector<float> scale(static_cast<std::size_t>(lm_head().rows));
    lm_head().visit([&](const auto head) {
      parallel_for(head.rows, [&](Index row) {
        double squares = 0;
        for (Index i = 0; i < head.columns; ++i) {
          const auto entry = static_cast<double>(to_float(head.row(row)[i]));
          squares += entry * entry;
        }
        scale[static_cast<std::size_t>(row)] = static_cast<float>(1 / std::max(std::sqrt(squares), least_norm));
      });
    });
    head_scale_->values = std::move(scale);
  });
  return head_scale_->values;
}

MULTIPRUNER_INLINE const Choice& Graph::present(BlockId block) const {
  require_index(block.position, num_blocks(), "graph", "block");
  return present_[static_cast<std::size_t>(block.position)];
}

MULTIPRUNER_INLINE Index Graph::width(BlockAxis axis) const {
  (void)spec(axis.block).axis(axis.axis);
  return present(axis.block)[axis.axis];
}

MULTIPRUNER_INLINE const WeightView& Graph::shortcut(BlockId block) const {
  require_index(block.position, num_blocks(), "graph", "block");
  return weights_.shortcuts[static_cast<std::size_t>(block.position)];
}

MULTIPRUNER_INLINE void Graph::release(const WeightView& weight) const noexcept {
  if (storage_ && weight) storage_->release(weight);
}

MULTIPRUNER_INLINE void Graph::release(BlockId block) const {
  const BlockSpec& spec = this->spec(block);
  for (std::size_t slot = 0; slot < spec.kind().slots.size(); ++slot) {
    if (!spec.kind().slots[slot].stays) release(tensors(block)[slot]);
  }
  release(shortcut(block));
}

MULTIPRUNER_INLINE bool has_output(const Graph& graph, BlockAxis axis) {
  const auto slot = graph.spec(axis.block).kind().output_slot(axis.axis);
  return graph.width(axis) > 0 && slot && graph.tensors(axis.block)[*slot];
}

MULTIPRUNER_INLINE const WeightView& output_matrix(const Graph& graph, BlockAxis axis) {
  if (!graph.has(axis.block)) {
    throw OptionError(graph.label(axis.block), "the model does not have this block", "Ask for blocks that are there");
  }
  return graph.tensors(axis.block)[detail::required_output_slot(graph, axis)];
}

MULTIPRUNER_INLINE Signal output_input(const Graph& graph, BlockAxis axis) {
  const Kind& kind = graph.spec(axis.block).kind();
  return input_signal(kind.slots[detail::required_output_slot(graph, axis)].input);
}

MULTIPRUNER_INLINE const WeightView& output_bias(const Graph& graph, BlockAxis axis) {
  static constexpr WeightView none{};
  (void)output_matrix(graph, axis);
  const Kind& kind = graph.spec(axis.block).kind();
  const auto slot = kind.bias_slot(detail::required_output_slot(graph, axis));
  return slot ? graph.tensors(axis.block)[*slot] : none;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
