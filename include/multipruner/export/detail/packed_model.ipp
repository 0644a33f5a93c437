// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/packed_model.hpp>
#include <multipruner/plan/parameter_count.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE ChannelOrder padded_channels(Index kept, Index width) {
  ChannelOrder order(static_cast<std::size_t>(width), no_channel);
  std::iota(order.begin(), order.begin() + kept, Index{0});
  return order;
}

/// Null for the order that changes nothing.
inline std::shared_ptr<const ChannelOrder> shared_order(ChannelOrder order, Index channels) {
  if (order == padded_channels(channels, channels)) return nullptr;
  return std::make_shared<const ChannelOrder>(std::move(order));
}

/// Copies the elements of a row in another order, run by run; others are zeros already.
inline void copy_ordered(const std::byte* from, const ChannelOrder& order, std::size_t size, std::byte* to) {
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    end = first + 1;
    if (order[first] == no_channel) continue;
    while (end < order.size() && order[end] == order[end - 1] + 1) ++end;
    std::memcpy(to + first * size, from + static_cast<std::size_t>(order[first]) * size, (end - first) * size);
  }
}

inline WeightView ones(WeightStore& store, DType dtype, Index columns) {
  return store.fill(1, columns, dtype, [&](Index, std::byte* target) {
    for (Index i = 0; i < columns; ++i) {
      if (dtype == DType::float32) {
        constexpr float one = 1.0f;
        std::memcpy(target + 4 * i, &one, 4);
      } else {
        const std::uint16_t one = dtype == DType::bfloat16 ? 0x3f80 : 0x3c00;
        std::memcpy(target + 2 * i, &one, 2);
      }
    }
  });
}

MULTIPRUNER_INLINE WeightView materialised(const PackedTensor& tensor, WeightStore& store) {
  if (tensor.is_source()) return tensor.source;
  if (!tensor.source && tensor.place.slot->stays) return ones(store, tensor.dtype, tensor.columns);
  return store.fill(tensor.rows, tensor.columns, tensor.dtype,
                    [&](Index row, std::byte* target) { copy_row(tensor, row, target); });
}

MULTIPRUNER_INLINE void copy_row(const PackedTensor& tensor, Index row, std::byte* target) {
  const auto size = static_cast<std::size_t>(size_of(tensor.dtype));
  const auto row_bytes = static_cast<std::size_t>(tensor.columns) * size;
  std::memset(target, 0, row_bytes);
  const Index from = tensor.row_order ? (*tensor.row_order)[static_cast<std::size_t>(row)] : row;
  if (!tensor.source || from == no_channel) return;
  const auto* source = static_cast<const std::byte*>(tensor.source.row_range(from, 1).data);
  if (tensor.column_order) {
    copy_ordered(source, *tensor.column_order, size, target);
  } else {
    std::memcpy(target, source, row_bytes);
  }
}

/// Heads whose channels j and j + head_dim / 2 become the channels 2j and 2j + 1.
inline ChannelOrder with_pairs_side_by_side(const ChannelOrder& order, Index head_dim) {
  ChannelOrder pairs;
  pairs.reserve(order.size());
  for (auto head = order.begin(); head != order.end(); head += head_dim) {
    for (Index j = 0; j < head_dim / 2; ++j) {
      pairs.push_back(head[j]);
      pairs.push_back(head[j + head_dim / 2]);
    }
  }
  return pairs;
}

template <class OrderOf>
void PackedModel::add_block(std::optional<BlockId> block, const BlockSpec& spec, const OrderOf& order_of) {
  const BlockView source = block ? view_->block(*block) : BlockView{};
  const BlockId place{num_blocks_++};
  for (std::size_t slot = 0; slot < spec.kind().slots.size(); ++slot) {
    const auto shape = spec.shape(slot, spec.whole());
    if (!shape) continue;
    const Slot& info = spec.kind().slots[slot];
    if (info.computed) continue;
    const WeightView tensor = block ? source[slot] : WeightView{};
    const std::shared_ptr<const ChannelOrder> order = order_of(slot);
    of_blocks_.push_back({.place = {info.role, spec.layer(), place, &info, slot},
                          .source = tensor,
                          .dtype = tensor ? tensor.dtype : view_->graph().embed_tokens().dtype,
                          .rows = shape->rows,
                          .columns = shape->columns,
                          .row_order = info.rows == Extent::axis ? order : nullptr,
                          .column_order = info.columns == Extent::axis ? order : nullptr});
  }
}

MULTIPRUNER_INLINE void PackedModel::add_attention(std::optional<BlockId> block, const AttentionSpec& spec,
                                                   HeadOrder order) {
  const Index width = block ? kept_width(*view_, *block) : 0;
  const Index key_value_width = block ? kept_groups(*view_, *block) * spec.head_dim : 0;
  const auto turned = [&](const ChannelOrder& channels) {
    return order.pairs_side_by_side ? with_pairs_side_by_side(channels, spec.head_dim) : channels;
  };
  const auto queries = shared_order(turned(order.queries), width);
  const auto keys = shared_order(turned(order.key_values), key_value_width);
  const auto values = shared_order(std::move(order.key_values), key_value_width);
  const auto outputs = shared_order(std::move(order.queries), width);
  const auto order_of = [&](std::size_t slot) {
    switch (slot) {
      case Attention::q_proj:
      case Attention::q_bias:
        return queries;
      case Attention::k_proj:
      case Attention::k_bias:
        return keys;
      case Attention::v_proj:
      case Attention::v_bias:
        return values;
      default:
        return outputs;
    }
  };
  add_block(block, BlockSpec::of<Attention>(spec, layers_, view_->config().hidden_size), order_of);
}

MULTIPRUNER_INLINE void PackedModel::add_mlp(std::optional<BlockId> block, const GatedMlpSpec& spec) {
  const Index width = block ? kept_width(*view_, *block) : 0;
  const auto order = shared_order(padded_channels(width, spec.intermediate_size), width);
  add_block(block, BlockSpec::of<GatedMlp>(spec, layers_, view_->config().hidden_size),
            [&](std::size_t) { return order; });
}

MULTIPRUNER_INLINE std::vector<PackedTensor> PackedModel::tensors() const {
  std::vector<PackedTensor> tensors;
  const auto add_end = [&](std::size_t slot) {
    const WeightView& tensor = view_->graph().weights().ends[slot];
    if (!tensor || (slot == Ends::lm_head && view_->config().tie_word_embeddings)) return;
    const Slot& info = Ends::slots[slot];
    tensors.push_back({.place = {.role = info.role, .slot = &info, .slot_index = slot},
                       .source = tensor,
                       .dtype = tensor.dtype,
                       .rows = tensor.rows,
                       .columns = tensor.columns});
  };
  for (std::size_t slot = 0; slot < Ends::before_blocks; ++slot) add_end(slot);
  tensors.insert(tensors.end(), of_blocks_.begin(), of_blocks_.end());
  for (std::size_t slot = Ends::before_blocks; slot < Ends::slots.size(); ++slot) add_end(slot);
  return tensors;
}

MULTIPRUNER_INLINE PaddingReport PackedModel::padding() const {
  PaddingReport report{.parameters = count_loaded_parameters(view_->config(), view_->plan()), .layers = layers_};
  for (const PackedTensor& tensor : tensors()) report.written += tensor.rows * tensor.columns;
  return report;
}

MULTIPRUNER_INLINE Index PackedModel::bytes() const {
  Index bytes = 0;
  for (const PackedTensor& tensor : tensors()) bytes += tensor.rows * tensor.columns * size_of(tensor.dtype);
  return bytes;
}

MULTIPRUNER_INLINE CommonSpecs common_specs(const ModelConfig& config, std::string_view format, bool same_groups) {
  const AttentionSpec* attention = nullptr;
  const GatedMlpSpec* mlp = nullptr;
  const auto refuse = [&](const std::string& where, std::string problem) {
    throw OptionError(std::string(format) + ": " + where, std::move(problem),
                      "Save the model in the format multipruner");
  };
  for (const BlockSpec& block : config.blocks) {
    if (const auto* spec = block.as<Attention>()) {
      if (attention == nullptr) attention = spec;
      if (spec->head_dim != attention->head_dim || spec->num_attention_heads != attention->num_attention_heads) {
        refuse(block.label(), "the format has no place for other heads than those of the first layer");
      }
      if (same_groups && spec->heads_per_group() != attention->heads_per_group()) {
        refuse(block.label(), "the format has no place for heads in other groups than in the first layer");
      }
      if (spec->qkv_bias != attention->qkv_bias || spec->o_bias != attention->o_bias) {
        refuse(block.label(), "it has other biases than the attention of the first layer");
      }
    } else if (const auto* other = block.as<GatedMlp>()) {
      if (mlp == nullptr) mlp = other;
      if (other->bias != mlp->bias) refuse(block.label(), "it has other biases than the MLP of the first layer");
    }
  }
  if (attention == nullptr || mlp == nullptr)
    refuse("the model", "it has no attention, or no MLP, in any of its layers");
  return {*attention, *mlp};
}

MULTIPRUNER_INLINE void require_one_stream(const ModelView& view, std::string_view format) {
  const Origin& origin = view.graph().origin();
  if (origin.directory.empty() || origin.tensor_name == nullptr) {
    throw OptionError(std::string(format),
                      "the graph was not loaded from a model folder, so its names and config.json are unknown",
                      "Give the graph an Origin");
  }
  for (const BlockSpec& block : view.config().blocks) {
    if (!block.has_shortcut() && block.stream_in() == view.config().hidden_size) continue;
    throw OptionError(std::string(format) + ": " + block.label(),
                      "the format has no place for a residual stream that was sliced",
                      "Save the model in the format multipruner");
  }
}

MULTIPRUNER_INLINE Index kept_groups(const ModelView& view, BlockId block) {
  return kept_width(view, block) / view.graph().unit_width(block);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
