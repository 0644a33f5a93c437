// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/error.hpp>
#include <multipruner/graph/block_spec.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE BlockSpec::BlockSpec(const Kind& kind, std::shared_ptr<const void> spec, Index layer,
                                        Index stream_in, Index stream_out)
    : kind_(&kind),
      spec_(std::move(spec)),
      layer_(layer),
      stream_in_(stream_in),
      stream_out_(stream_out),
      has_shortcut_(stream_in != stream_out) {
  check();
}

MULTIPRUNER_INLINE BlockSpec BlockSpec::in_layer(Index layer) const {
  BlockSpec block = *this;
  block.layer_ = layer;
  return block;
}

MULTIPRUNER_INLINE BlockSpec BlockSpec::with_streams(Index stream_in, Index stream_out) const {
  return {*kind_, spec_, layer_, stream_in, stream_out};
}

MULTIPRUNER_INLINE BlockSpec BlockSpec::with_shortcut() const {
  BlockSpec block = *this;
  block.has_shortcut_ = true;
  return block;
}

MULTIPRUNER_INLINE std::string BlockSpec::description() const {
  Fields fields;
  fields.add("kind", kind_->name);
  fields.add("stream_in", stream_in_);
  fields.add("stream_out", stream_out_);
  kind_->describe(spec(), fields);
  return fields.text();
}

MULTIPRUNER_INLINE std::string BlockSpec::label() const {
  return "layer " + std::to_string(layer_) + " " + std::string(kind_->name);
}

MULTIPRUNER_INLINE AxisSize BlockSpec::axis(std::size_t axis) const {
  const auto index = static_cast<Index>(axis), size = static_cast<Index>(kind_->axes.size());
  if (index < 0 || index >= size) detail::refuse_index(index, size, label().c_str(), "axis");
  return kind_->axis(spec(), axis);
}

MULTIPRUNER_INLINE Choice BlockSpec::whole() const {
  Choice choice;
  for (std::size_t i = 0; i < kind_->axes.size(); ++i) choice[i] = axis(i).width;
  return choice;
}

MULTIPRUNER_INLINE bool BlockSpec::allows(const Choice& choice) const {
  for (std::size_t i = 0; i < most_axes; ++i) {
    const AxisSize size = i < kind_->axes.size() ? axis(i) : AxisSize{};
    if (choice[i] < 0 || choice[i] > size.width || choice[i] % size.unit != 0) return false;
  }
  return true;
}

MULTIPRUNER_INLINE std::optional<TensorShape> BlockSpec::shape(std::size_t slot, const Choice& choice) const {
  const SlotShape whole = kind_->shape(spec(), slot);
  const Slot& info = kind_->slots[slot];
  const bool is_gone = info.goes_with_axis() ? choice[info.axis] == 0 : kind_->is_gone(choice);
  if (!whole.present || (is_gone && !info.stays)) return std::nullopt;
  return TensorShape{extent(info, info.rows, whole.rows, choice), extent(info, info.columns, whole.columns, choice)};
}

MULTIPRUNER_INLINE Index BlockSpec::extent(const Slot& slot, Extent extent, Index whole, const Choice& choice) const {
  switch (extent) {
    case Extent::one:
      return 1;
    case Extent::stream_in:
      return stream_in_;
    case Extent::stream_out:
      return stream_out_;
    case Extent::fixed:
      return whole;
    case Extent::axis:
      break;
  }
  const AxisSize size = axis(slot.axis);
  return whole / (size.width / size.unit) * (choice[slot.axis] / size.unit);
}

MULTIPRUNER_INLINE Index BlockSpec::count_parameters(const Choice& choice) const {
  Index count = has_shortcut_ ? stream_in_ * stream_out_ : 0;
  for (std::size_t slot = 0; slot < kind_->slots.size(); ++slot) {
    if (kind_->slots[slot].computed) continue;
    if (const auto size = shape(slot, choice)) count += size->rows * size->columns;
  }
  return count;
}

MULTIPRUNER_INLINE Index BlockSpec::count_staying_parameters() const {
  Index count = 0;
  for (std::size_t slot = 0; slot < kind_->slots.size(); ++slot) {
    if (!kind_->slots[slot].stays) continue;
    if (const auto size = shape(slot, whole())) count += size->rows * size->columns;
  }
  return count;
}

MULTIPRUNER_INLINE void BlockSpec::check() const {
  const auto refuse = [&](const std::string& what, std::string problem) {
    throw DataError("configuration: " + what, std::move(problem), "Set the sizes that the model was made with");
  };
  const auto check_size = [&](const std::string& what, Index size) {
    if (size < 1 || size > largest_size) refuse(what, "it is " + std::to_string(size));
  };
  if (const auto found = kind_->problem(spec())) refuse(found->name, found->problem);
  check_size(label() + ", the stream that it reads", stream_in_);
  check_size(label() + ", the stream that it writes", stream_out_);
  for (std::size_t i = 0; i < kind_->axes.size(); ++i) {
    const auto [width, unit] = kind_->axis(spec(), i);
    const std::string what = label() + ", " + std::string(kind_->axes[i].name);
    check_size(what, width);
    check_size(what + " that go together", unit);
    if (width % unit != 0) refuse(what, std::to_string(width) + " are not whole units of " + std::to_string(unit));
  }
  for (std::size_t slot = 0; slot < kind_->slots.size(); ++slot) {
    const auto size = shape(slot, whole());
    if (!size) continue;
    const std::string what = label() + " " + std::string(kind_->slots[slot].role.name());
    check_size(what + ", rows", size->rows);
    check_size(what + ", columns", size->columns);
    const SlotShape given = kind_->shape(spec(), slot);
    const Slot& info = kind_->slots[slot];
    if ((info.rows == Extent::axis && size->rows != given.rows) ||
        (info.columns == Extent::axis && size->columns != given.columns)) {
      refuse(what, "its extent is not the same for every unit of the block");
    }
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
