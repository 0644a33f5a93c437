// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/origin.hpp>
#include <multipruner/graph/weights.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// A model: its configuration and its weights, which never change.
///
/// Weights are views: of mapped files (`load`), of buffers that the graph shares (`reorder`, `extract`), or of memory
/// that an embedding program owns and keeps alive itself. Copying a graph copies views, not weights.
///
/// A graph may already be pruned: blocks may be absent and widths smaller than the configuration says.
class Graph {
 public:
  /// @param storage whatever keeps the memory behind `weights` alive; may be empty if the caller does.
  /// @param origin the checkpoint the weights are from, if any.
  /// @throws DataError if a tensor is missing or its shape contradicts the configuration.
  Graph(ModelConfig config, Weights weights, std::shared_ptr<const WeightMemory> storage = {}, Origin origin = {});

  [[nodiscard]] const ModelConfig& config() const { return config_; }
  [[nodiscard]] const Weights& weights() const { return weights_; }
  [[nodiscard]] const std::shared_ptr<const WeightMemory>& storage() const { return storage_; }
  [[nodiscard]] const Origin& origin() const { return origin_; }

  [[nodiscard]] const WeightView& embed_tokens() const { return weights_.ends[Ends::embed_tokens]; }
  [[nodiscard]] const WeightView& final_norm() const { return weights_.ends[Ends::final_norm]; }
  [[nodiscard]] const WeightView& lm_head() const { return weights_.ends[Ends::lm_head]; }

  /// Of a normalised head, 1 / ‖row‖ of every token; empty for other heads. Found out when it is first asked for, which
  /// reads the head.
  [[nodiscard]] std::span<const float> head_scale() const;

  [[nodiscard]] Index num_blocks() const { return config_.num_blocks(); }

  /// What a block was before anything was pruned.
  /// @throws OptionError for a block that the model does not have, as all that is asked about a block.
  [[nodiscard]] const BlockSpec& spec(BlockId block) const { return config_.blocks[block]; }

  /// Its tensors, by the slots of its kind.
  [[nodiscard]] const Tensors& tensors(BlockId block) const { return weights_[block]; }

  /// The matrix through which the stream goes around a block; an empty view where it just goes on.
  [[nodiscard]] const WeightView& shortcut(BlockId block) const;

  /// What is left of a block.
  [[nodiscard]] const Choice& present(BlockId block) const;

  /// Channels that are left of a block along an axis; 0 if the block is absent.
  /// @throws OptionError for an axis that its kind does not have, too, likewise below.
  [[nodiscard]] Index width(BlockAxis axis) const;

  /// Channels of a block that can only go together along an axis.
  [[nodiscard]] Index unit_width(BlockAxis axis) const { return spec(axis.block).axis(axis.axis).unit; }

  /// Units that are left of a block along an axis: MLP channels, key/value groups.
  [[nodiscard]] Index num_units(BlockAxis axis) const { return width(axis) / unit_width(axis); }

  /// Whether anything is left of a block that could run.
  [[nodiscard]] bool has(BlockId block) const { return !spec(block).kind().is_gone(present(block)); }

  /// "layer 3 mlp", as errors name a block.
  [[nodiscard]] std::string label(BlockId block) const { return config_.blocks.label(block); }

  /// A hint that weights are not needed for a while; see WeightMemory.
  void release(const WeightView& weight) const noexcept;
  void release(BlockId block) const;

 private:
  struct HeadScale;

  ModelConfig config_;
  Weights weights_;
  std::shared_ptr<HeadScale> head_scale_;  ///< only of a normalised head; copies share it
  std::vector<Choice> present_;
  std::shared_ptr<const WeightMemory> storage_;
  Origin origin_;
};

/// Calls `f(role, layer, view)` for every tensor slot of a graph, as for its weights.
template <class F>
void for_each_tensor(const Graph& graph, F&& f) {
  for_each_tensor(graph.config(), graph.weights(), f);
}

/// Calls `f(place, view)`, likewise.
template <class F>
void for_each_place(const Graph& graph, F&& f) {
  for_each_place(graph.config(), graph.weights(), f);
}

/// Whether an axis of a block adds to the residual stream through a matrix of its own, and anything is left of both.
[[nodiscard]] bool has_output(const Graph& graph, BlockAxis axis);

/// The matrix through which an axis of a block that is there adds to the residual stream: o_proj, down_proj.
/// @throws OptionError for a block that is absent, or an axis that has none.
[[nodiscard]] const WeightView& output_matrix(const Graph& graph, BlockAxis axis);

/// What that matrix reads. @throws OptionError for an axis that has none.
[[nodiscard]] Signal output_input(const Graph& graph, BlockAxis axis);

/// The bias of that matrix; an empty view where there is none. @throws OptionError as above.
[[nodiscard]] const WeightView& output_bias(const Graph& graph, BlockAxis axis);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/graph.ipp>
#endif
