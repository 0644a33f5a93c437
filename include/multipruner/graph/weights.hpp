// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/ends.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// The tensors of a block, or of the ends, by the slots of its kind: `tensors[Attention::q_proj]`. Empty views where
/// there is none.
using Tensors = std::vector<WeightView>;

/// All tensors of a model, as views of memory that somebody else keeps alive.
///
/// A block that was pruned away has none but those that stay: the reference's extraction keeps norms.
struct Weights {
  Tensors ends{};  ///< by the slots of Ends; the head is the same view as the embedding if they are tied
  std::vector<Tensors> blocks{};
  Tensors shortcuts{};  ///< by position, of blocks that have one

  Weights() = default;

  /// Empty views for all tensors of a model.
  explicit Weights(const ModelConfig& config);

  [[nodiscard]] const Tensors& operator[](BlockId block) const { return blocks[checked(block)]; }
  [[nodiscard]] Tensors& operator[](BlockId block) { return blocks[checked(block)]; }

 private:
  /// @throws OptionError for a position that they do not have.
  [[nodiscard]] std::size_t checked(BlockId block) const;
};

/// Whether a block of a kind is there: it has a tensor besides those that stay when it goes.
[[nodiscard]] bool is_present(const Kind& kind, const Tensors& tensors);

/// Where a tensor stands in a model.
struct TensorPlace {
  TensorRole role;
  Index layer = -1;          ///< −1 outside of the blocks
  BlockId block{-1};         ///< position −1 outside of the blocks
  const Slot* slot{};        ///< in the table of its kind, or shortcut_slot
  std::size_t slot_index{};  ///< in the table

  /// The shape that files give a tensor of so many rows and columns: a vector has one extent.
  [[nodiscard]] std::vector<Index> extents(TensorShape shape) const;
};

/// Calls `f(place, view)` for every tensor slot of a model in the order of the residual stream, empty slots included;
/// of blocks that are gone, for those that stay. Works on const and mutable weights.
template <class W, class F>
void for_each_place(const ModelConfig& config, W& weights, F&& f) {
  const auto end = [&](std::size_t slot) {
    f(TensorPlace{.role = Ends::slots[slot].role, .slot = &Ends::slots[slot], .slot_index = slot}, weights.ends[slot]);
  };
  for (std::size_t slot = 0; slot < Ends::before_blocks; ++slot) end(slot);
  for (Index position = 0; position < config.num_blocks(); ++position) {
    const BlockSpec& block = config.blocks[{position}];
    auto& tensors = weights[BlockId{position}];
    const bool present = is_present(block.kind(), tensors);
    for (std::size_t slot = 0; slot < tensors.size(); ++slot) {
      const Slot& info = block.kind().slots[slot];
      if (present || info.stays) f(TensorPlace{info.role, block.layer(), {position}, &info, slot}, tensors[slot]);
    }
    if (block.has_shortcut()) {
      f(TensorPlace{block.kind().shortcut_role, block.layer(), {position}, &shortcut_slot, tensors.size()},
        weights.shortcuts[static_cast<std::size_t>(position)]);
    }
  }
  for (std::size_t slot = Ends::before_blocks; slot < Ends::slots.size(); ++slot) end(slot);
}

/// The same with `f(role, layer, view)`.
template <class W, class F>
void for_each_tensor(const ModelConfig& config, W& weights, F&& f) {
  for_each_place(config, weights, [&](const TensorPlace& place, auto& view) { f(place.role, place.layer, view); });
}

/// Calls `f(place, shape)` for every tensor of a checkpoint of the unpruned model, in the order of the residual stream.
template <class F>
void for_each_tensor_shape(const ModelConfig& config, F&& f) {
  const auto visit = [&](const TensorPlace& place, std::optional<TensorShape> shape) {
    if (shape) f(place, *shape);
  };
  const auto end = [&](std::size_t slot) {
    visit({.role = Ends::slots[slot].role, .slot = &Ends::slots[slot], .slot_index = slot}, Ends::shape(config, slot));
  };
  for (std::size_t slot = 0; slot < Ends::before_blocks; ++slot) end(slot);
  for (Index position = 0; position < config.num_blocks(); ++position) {
    const BlockSpec& block = config.blocks[{position}];
    for (std::size_t slot = 0; slot < block.kind().slots.size(); ++slot) {
      const Slot& info = block.kind().slots[slot];
      if (info.computed) continue;
      visit({info.role, block.layer(), {position}, &info, slot}, block.shape(slot, block.whole()));
    }
    if (block.has_shortcut()) {
      visit({block.kind().shortcut_role, block.layer(), {position}, &shortcut_slot, block.kind().slots.size()},
            TensorShape{block.stream_out(), block.stream_in()});
    }
  }
  for (std::size_t slot = Ends::before_blocks; slot < Ends::slots.size(); ++slot) end(slot);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/weights.ipp>
#endif
