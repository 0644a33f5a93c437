// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block_state.hpp>
#include <multipruner/graph/choice.hpp>
#include <multipruner/graph/fields.hpp>
#include <multipruner/graph/signal.hpp>
#include <multipruner/graph/slot.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {
struct BlockCall;
}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// The tensors of a block in the order of its kind's slot table; empty views where it has none.
using Slots = std::span<const WeightView>;

/// What is wrong with a size of a configuration.
struct SizeProblem {
  const char* name;  ///< as in config.json
  std::string problem;
};

/// A kind of residual block as a value: what `kind_of<K>()` makes of a type K that satisfies ResidualBlock, so that
/// plain functions serve kinds that they have never heard of. Specs are handed over as they are stored, untyped;
/// BlockSpec keeps both together.
struct Kind {
  std::string_view name;      ///< for people and files: "attention"
  std::string_view file_key;  ///< in pruning_config.json: "attn", for pruned_attn_idx
  std::span<const Slot> slots;
  std::span<const AxisInfo> axes;
  std::span<const std::string_view> inputs;  ///< names of what its linears read
  TensorRole shortcut_role;                  ///< of a matrix around its blocks, "attention_shortcut"; see shortcut_slot

  SlotShape (*shape)(const void* spec, std::size_t slot);
  AxisSize (*axis)(const void* spec, std::size_t axis);
  std::optional<SizeProblem> (*problem)(const void* spec);
  void (*describe)(const void* spec, Fields& fields);
  void (*run)(const void* spec, const Choice& choice, Slots slots, BlockCall& call);
  std::unique_ptr<BlockState> (*state)(const void* spec, const Choice& choice, Slots slots, Index capacity);
  Index (*state_bytes)(const void* spec, const Choice& choice, Index capacity);
  std::vector<float> (*computed)(const void* spec, std::size_t slot);
  std::optional<double> (*output_scale)(const void* spec);

  /// The name of a signal of its blocks: "residual_in", or that of an input.
  [[nodiscard]] std::string_view name_of(Signal signal) const;

  /// Whether a choice keeps nothing that a block could run with.
  [[nodiscard]] bool is_gone(const Choice& choice) const;

  /// The slot of the matrix through which an axis adds to the residual stream, the one whose columns go with it;
  /// nothing where the axis has none.
  [[nodiscard]] std::optional<std::size_t> output_slot(std::size_t of_axis) const;

  /// The slot of the bias that is added with such a matrix, if the kind has one.
  [[nodiscard]] std::optional<std::size_t> bias_slot(std::size_t matrix) const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/kind.ipp>
#endif
