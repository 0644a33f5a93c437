#pragma once

#include <memory>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/origin.hpp>
#include <multipruner/graph/weights.hpp>
#include <multipruner/tensor/weight_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

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
  /// @throws OptionError for a layer that the model does not have, as all that is asked about a layer or block.
  [[nodiscard]] const LayerWeights& layer(Index i) const;
  [[nodiscard]] const std::shared_ptr<const WeightMemory>& storage() const { return storage_; }
  [[nodiscard]] const Origin& origin() const { return origin_; }

  /// A hint that weights are not needed for a while; see WeightMemory.
  void release(const WeightView& weight) const noexcept;
  void release(BlockId block) const;

  /// Query channels of an attention block or channels of an MLP block; 0 if the block is absent.
  [[nodiscard]] Index width(BlockId block) const;

 private:
  ModelConfig config_;
  Weights weights_;
  std::shared_ptr<const WeightMemory> storage_;
  Origin origin_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/graph.ipp>
#endif
