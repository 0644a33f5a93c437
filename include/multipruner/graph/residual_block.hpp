// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/kind.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// A kind of residual block, x ← x + f(x), as a type. One file is all that a new kind takes: examples/custom_block.cpp.
///
/// * `K::Spec` says what a block is while nothing is pruned: sizes, flags.
/// * `K::name` and `K::file_key` name it for people and in pruning_config.json.
/// * `K::slots`, `K::axes`, `K::inputs` are constexpr tables: its tensors, what it can be narrowed along (one axis at
///   least, of which one is no switch), and the names of what its linears read.
/// * `K::shape(spec, slot)` gives the extents that neither the stream nor the number one gives (see SlotShape),
///   `K::axis(spec, axis)` the width of an axis and of its units.
/// * `K::run(spec, choice, slots, call)` adds f(call.in) to call.out, from tensors as narrow as the choice. Both may be
///   the same memory: all of f is computed before anything is added.
/// * `K::state(spec, choice, slots, capacity)` makes what a block remembers of a sequence of at most so many tokens,
///   null if it remembers nothing; `K::state_bytes(spec, choice, capacity)` says how much memory that takes.
/// * `K::describe(spec, fields)` adds everything that the block's output depends on besides its tensors.
/// * `K::computed(spec, slot)`, if there is a slot that is `computed`, gives its entries in the unpruned block. A
/// checkpoint may have them all the same: that of a model whose units were reordered.
/// * `K::output_scale(spec)`, if there is one, says what output matrices' products are multiplied by before they are
/// added to the stream, 1 otherwise; nothing where something is done to them that is not linear.
/// * `K::problem(spec)`, if there is one, says what is wrong with a spec; nothing else is called for such a one.
template <class K>
concept ResidualBlock = requires(const typename K::Spec& spec, const Choice& choice, Slots slots, BlockCall& call,
                                 Fields& fields) {
  { K::name } -> std::convertible_to<std::string_view>;
  { K::file_key } -> std::convertible_to<std::string_view>;
  {std::span<const Slot>(K::slots)};
  {std::span<const AxisInfo>(K::axes)};
  {std::span<const std::string_view>(K::inputs)};
  { K::shape(spec, std::size_t{}) } -> std::same_as<SlotShape>;
  { K::axis(spec, std::size_t{}) } -> std::same_as<AxisSize>;
  { K::run(spec, choice, slots, call) } -> std::same_as<void>;
  { K::state(spec, choice, slots, Index{}) } -> std::same_as<std::unique_ptr<BlockState>>;
  { K::state_bytes(spec, choice, Index{}) } -> std::same_as<Index>;
  { K::describe(spec, fields) } -> std::same_as<void>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

namespace multipruner::inline MULTIPRUNER_ABI::detail {

template <ResidualBlock K>
struct KindTable {
  using Spec = typename K::Spec;

  static const Spec& typed(const void* spec) { return *static_cast<const Spec*>(spec); }

  static std::optional<SizeProblem> problem(const void* spec) {
    if constexpr (requires { K::problem(typed(spec)); }) return K::problem(typed(spec));
    return std::nullopt;
  }

  static std::vector<float> computed([[maybe_unused]] const void* spec, [[maybe_unused]] std::size_t slot) {
    if constexpr (requires { K::computed(typed(spec), slot); }) return K::computed(typed(spec), slot);
    return {};
  }

  static std::optional<double> output_scale([[maybe_unused]] const void* spec) {
    if constexpr (requires { K::output_scale(typed(spec)); }) {
      return K::output_scale(typed(spec));
    } else {
      return 1;
    }
  }

  static constexpr std::string_view shortcut = "_shortcut";

  /// Blocks of several kinds in a layer have shortcuts of several names.
  static constexpr auto shortcut_name = [] {
    std::array<char, std::string_view(K::name).size() + shortcut.size()> text{};
    std::ranges::copy(shortcut, std::ranges::copy(std::string_view(K::name), text.begin()).out);
    return text;
  }();

  static constexpr Kind kind{
      .name = K::name,
      .file_key = K::file_key,
      .slots = K::slots,
      .axes = K::axes,
      .inputs = K::inputs,
      .shortcut_role = TensorRole(std::string_view(shortcut_name.data(), shortcut_name.size())),
      .shape = [](const void* spec, std::size_t slot) { return K::shape(typed(spec), slot); },
      .axis = [](const void* spec, std::size_t axis) { return K::axis(typed(spec), axis); },
      .problem = problem,
      .describe = [](const void* spec, Fields& fields) { K::describe(typed(spec), fields); },
      .run = [](const void* spec, const Choice& choice, Slots slots,
                BlockCall& call) { K::run(typed(spec), choice, slots, call); },
      .state = [](const void* spec, const Choice& choice, Slots slots,
                  Index capacity) { return K::state(typed(spec), choice, slots, capacity); },
      .state_bytes = [](const void* spec, const Choice& choice,
                        Index capacity) { return K::state_bytes(typed(spec), choice, capacity); },
      .computed = computed,
      .output_scale = output_scale,
  };
};

/// What is said of tables that cannot be; null of others.
consteval const char* problem_of_tables(std::span<const Slot> slots, std::span<const AxisInfo> axes,
                                        std::span<const std::string_view> inputs) {
  if (axes.empty() || axes.size() > most_axes) return "a kind has one or two axes";
  bool has_units = false;
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    has_units = has_units || !axes[axis].is_switch;
    int outputs = 0;
    for (const Slot& slot : slots) outputs += slot.output && slot.is_matrix() && slot.has_axis(axis) ? 1 : 0;
    if (outputs > 1) return "an axis has two output matrices";
  }
  if (!has_units) return "all axes are switches";
  for (const Slot& slot : slots) {
    if (slot.axis >= axes.size()) return "a slot goes with an axis that the kind does not have";
    if (slot.linear && slot.input >= inputs.size()) return "a linear reads an input that the kind does not have";
  }
  return nullptr;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// A kind as a value; always the same object.
template <ResidualBlock K>
[[nodiscard]] const Kind& kind_of() {
  static_assert(
      detail::problem_of_tables(K::slots, K::axes, K::inputs) == nullptr,
      "kind_of<K>: the tables of K contradict each other: it has one or two axes, one of which is not a switch, "
      "each with one output matrix at most, and its slots name axes and inputs that are there");
  return detail::KindTable<K>::kind;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
