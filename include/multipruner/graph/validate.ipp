// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/validate.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_sizes(const ModelConfig& config) {
  const auto refuse = [](const char* name, std::string problem) {
    throw DataError(std::string("configuration: ") + name, std::move(problem),
                    "Set the sizes that the model was made with");
  };
  const std::pair<const char*, Index> sizes[] = {{"vocab_size", config.vocab_size},
                                                 {"hidden_size", config.hidden_size},
                                                 {"num_hidden_layers", config.num_hidden_layers}};
  for (const auto& [name, size] : sizes) {
    if (size < 1 || size > largest_size) refuse(name, "it is " + std::to_string(size));
  }
  if (config.num_blocks() < 1) refuse("blocks", "there are none");
  if (const Index first = config.blocks.begin()->stream_in(); first != config.hidden_size) {
    refuse("hidden_size", "it is " + std::to_string(config.hidden_size) + ", but the first block reads a stream of " +
                              std::to_string(first));
  }
  Index left = most_parameters;
  const auto add = [&](Index parameters) {
    if (parameters > left) refuse("hidden_size", "with these other sizes, the model has more parameters than any");
    left -= parameters;
  };
  add(config.vocab_size * config.hidden_size);
  add(config.vocab_size * config.last_stream());
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t slot = 0; slot < block.kind().slots.size(); ++slot) {
      if (const auto shape = block.shape(slot, block.whole())) add(shape->rows * shape->columns);
    }
    if (block.has_shortcut()) add(block.stream_in() * block.stream_out());
  }
}

/// Checks the shapes and the memory of one model's tensors; keeps the layer at hand, so that each check is one line.
class ShapeCheck {
 public:
  ShapeCheck(const ModelConfig& config, const Origin& origin) : config_(config), origin_(origin) {}

  std::vector<Choice> model(const Weights& weights) {
    require_count("ends", weights.ends.size(), Ends::slots.size());
    for (std::size_t slot = 0; slot < Ends::before_blocks; ++slot) end(slot, weights.ends[slot]);
    require_count("blocks", weights.blocks.size(), static_cast<std::size_t>(config_.num_blocks()));
    require_count("shortcuts", weights.shortcuts.size(), weights.blocks.size());
    std::vector<Choice> present;
    for (Index position = 0; position < config_.num_blocks(); ++position) {
      const BlockSpec& block = config_.blocks[{position}];
      layer_ = block.layer();
      require_count(block.label() + ", tensors", weights[BlockId{position}].size(), block.kind().slots.size());
      present.push_back(check(block, weights[BlockId{position}]));
      const std::optional<TensorShape> shortcut{{block.stream_out(), block.stream_in()}};
      Slot slot = shortcut_slot;
      slot.role = block.kind().shortcut_role;
      expect(slot, weights.shortcuts[static_cast<std::size_t>(position)],
             block.has_shortcut() ? shortcut : std::nullopt);
    }
    layer_ = -1;
    for (std::size_t slot = Ends::before_blocks; slot < Ends::slots.size(); ++slot) end(slot, weights.ends[slot]);
    return present;
  }

 private:
  void end(std::size_t slot, const WeightView& view) const {
    const TensorShape head{config_.vocab_size, config_.last_stream()};  // tied or not
    expect(Ends::slots[slot], view, slot == Ends::lm_head ? head : Ends::shape(config_, slot));
  }

  static void require_count(const std::string& what, std::size_t count, std::size_t expected) {
    if (count == expected) return;
    throw DataError(what,
                    "there are " + std::to_string(count) + ", but the configuration has " + std::to_string(expected),
                    "Give the tensors of every block of the configuration, by the slots of its kind");
  }

  Choice check(const BlockSpec& block, const Tensors& tensors) {
    const bool there = is_present(block.kind(), tensors);
    const Choice choice = there ? choice_of(block, tensors) : Choice{};
    for (std::size_t slot = 0; slot < tensors.size(); ++slot) {
      const Slot& info = block.kind().slots[slot];
      // Those that stay of blocks that are gone are not used, but copied and written.
      if (there || (info.stays && tensors[slot])) expect(info, tensors[slot], block.shape(slot, choice));
    }
    if (!there || !block.kind().is_gone(choice)) return choice;
    throw DataError(block.label(), "it has only tensors that do nothing without others",
                    "Give all tensors of a block, or none");
  }

  static bool has_any_of(const Kind& kind, const Tensors& tensors, std::size_t axis) {
    for (std::size_t slot = 0; slot < tensors.size(); ++slot) {
      if (tensors[slot] && kind.slots[slot].has_axis(axis)) return true;
    }
    return false;
  }

  /// The widths that a block was left with, each from the first tensor that goes with it; the others must share them.
  Choice choice_of(const BlockSpec& block, const Tensors& tensors) const {
    Choice choice = block.whole();
    const Choice whole = choice;
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes.size() > 1 && !has_any_of(block.kind(), tensors, axis)) choice[axis] = 0;
      for (std::size_t slot = 0; slot < tensors.size(); ++slot) {
        const Slot& info = block.kind().slots[slot];
        const auto shape = block.shape(slot, whole);
        if (!info.has_axis(axis) || !shape || choice[axis] == 0) continue;
        const bool by_rows = info.rows == Extent::axis;
        choice[axis] = width_of(info, tensors[slot], by_rows ? shape->rows : shape->columns, by_rows, block.axis(axis));
        break;
      }
    }
    return choice;
  }

  /// @param whole  the tensor's extent of the unpruned block
  Index width_of(const Slot& slot, const WeightView& view, Index whole, bool by_rows, AxisSize size) const {
    if (!view) refuse_missing(slot);
    const Index extent = by_rows ? view.rows : view.columns, step = whole / (size.width / size.unit);
    if (extent >= 1 && extent <= whole && extent % step == 0) return extent / step * size.unit;
    throw DataError(origin_.label(slot.role, layer_),
                    "it has " + std::to_string(extent) + (by_rows ? " rows" : " columns") +
                        ", but the configuration asks for " + std::to_string(whole) + ", or fewer in steps of " +
                        std::to_string(step),
                    "Check that config.json belongs to these weights");
  }

  void expect(const Slot& slot, const WeightView& view, std::optional<TensorShape> shape) const {
    if (!shape) {
      if (!view) return;
      throw DataError(
          origin_.label(slot.role, layer_),
          std::string(slot.is_matrix() ? "it is there" : "there is a bias") + ", but the configuration has none",
          "Check the bias flags of config.json");
    }
    if (!view) refuse_missing(slot);
    if (TensorShape{view.rows, view.columns} == *shape) return expect_readable(slot, view);
    throw DataError(origin_.label(slot.role, layer_),
                    "its shape is " + std::to_string(view.rows) + " × " + std::to_string(view.columns) +
                        ", but the configuration asks for " + std::to_string(shape->rows) + " × " +
                        std::to_string(shape->columns),
                    "Check that config.json belongs to these weights");
  }

  void expect_readable(const Slot& slot, const WeightView& view) const {
    const char* const problem = problem_of(view);
    if (problem == nullptr) return;
    throw DataError(origin_.label(slot.role, layer_), std::string("its memory ") + problem,
                    "Lend memory that is aligned for its scalar type, with the stride between its rows");
  }

  [[noreturn]] void refuse_missing(const Slot& slot) const {
    throw DataError(origin_.label(slot.role, layer_), "the tensor is missing", "Give all tensors of a block, or none");
  }

  const ModelConfig& config_;
  const Origin& origin_;
  Index layer_ = -1;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE std::vector<Choice> validate(const ModelConfig& config, const Weights& weights,
                                                const Origin& origin) {
  detail::require_sizes(config);
  return detail::ShapeCheck(config, origin).model(weights);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
