// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/export/padding_report.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Which channel of a block stands where in a file; `no_channel` where the file has zeros.
using ChannelOrder = std::vector<Index>;
inline constexpr Index no_channel = -1;

/// The first `kept` channels, then zeros up to `width`.
[[nodiscard]] ChannelOrder padded_channels(Index kept, Index width);

/// How the channels of an attention block lie in a file.
struct HeadOrder {
  ChannelOrder queries{};     ///< of the rows of q_proj and the columns of o_proj
  ChannelOrder key_values{};  ///< of the rows of k_proj and v_proj
  /// Whether the two channels that rotary positions turn together lie side by side, in rows of q_proj and k_proj, where
  /// they are half a head apart in the model.
  bool pairs_side_by_side = false;
};

/// A tensor as a file is to have it: the rows and columns of one of the model in another order, with zeros among them.
struct PackedTensor {
  TensorPlace place{};  ///< its layer is that of the file, its block a number that each block of the file has alone
  WeightView source{};  ///< empty where the file has a tensor that the model does not have
  DType dtype = DType::float32;
  Index rows = 0, columns = 0;
  std::shared_ptr<const ChannelOrder> row_order{};     ///< null: as they are
  std::shared_ptr<const ChannelOrder> column_order{};  ///< null: as they are

  /// Whether it lies in the model as the file is to have it.
  [[nodiscard]] bool is_source() const { return source && !row_order && !column_order; }
};

/// The values of a packed tensor: a view of the model's own, or a copy in the store. Of a block that the model does not
/// have, norms are ones and all else zeros.
[[nodiscard]] WeightView materialised(const PackedTensor& tensor, WeightStore& store);

/// Writes one row of a packed tensor, in its scalar type. @param target  as many bytes as the row has
void copy_row(const PackedTensor& tensor, Index row, std::byte* target);

/// What a file has of a model that has layers of attention and an MLP alone. Layers are added one after the other.
class PackedModel {
 public:
  /// The view must live as long.
  explicit PackedModel(const ModelView& view) : view_(&view) {}

  /// @param block  nothing: attention that adds nothing
  /// @param spec  of the attention of the file
  void add_attention(std::optional<BlockId> block, const AttentionSpec& spec, HeadOrder order);
  /// @param block  nothing: an MLP that adds nothing
  /// @param spec  of the MLP of the file; the channels of the block come first
  void add_mlp(std::optional<BlockId> block, const GatedMlpSpec& spec);
  void end_layer() { ++layers_; }

  /// All tensors in the order of the residual stream, those around the blocks too.
  [[nodiscard]] std::vector<PackedTensor> tensors() const;

  [[nodiscard]] PaddingReport padding() const;

  [[nodiscard]] Index bytes() const;

 private:
  /// @param order_of  the order of a slot's channels
  template <class OrderOf>
  void add_block(std::optional<BlockId> block, const BlockSpec& spec, const OrderOf& order_of);

  const ModelView* view_;
  Index layers_ = 0, num_blocks_ = 0;
  std::vector<PackedTensor> of_blocks_;
};

/// What all attention blocks of a model have in common but their width, and all MLPs.
struct CommonSpecs {
  AttentionSpec attention{};
  GatedMlpSpec mlp{};
};

/// @param same_groups  whether as many query heads have to share a key/value head everywhere
/// @throws OptionError, naming the format, where heads or biases are not alike in all blocks of a kind, or there is
/// none of a kind
[[nodiscard]] CommonSpecs common_specs(const ModelConfig& config, std::string_view format, bool same_groups);

/// @throws OptionError, naming the format, where the graph did not come from a model folder, or its residual stream is
/// not of one width
void require_one_stream(const ModelView& view, std::string_view format);

/// Channels of queries, of keys, of the MLP that a view leaves of a block.
[[nodiscard]] inline Index kept_width(const ModelView& view, BlockId block) {
  return view.plan().choice(block)[0];
}
[[nodiscard]] Index kept_groups(const ModelView& view, BlockId block);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/packed_model.ipp>
#endif
