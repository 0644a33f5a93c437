// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/policy/laco_merge.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A model some of whose layers have become one: what LaCo works on. The graph that it began with must outlive it, and
/// the graphs that it gives the memory of that one's weights.
class MergedLayers {
 public:
  explicit MergedLayers(const Graph& graph);

  /// Layers that are left.
  [[nodiscard]] Index count() const { return static_cast<Index>(layers_.size()); }

  /// The blocks that are there of a layer.
  [[nodiscard]] const std::vector<BlockId>& blocks(Index layer) const {
    return layers_[static_cast<std::size_t>(layer)].blocks;
  }

  /// What is left of the unpruned model.
  [[nodiscard]] const Plan& plan() const { return plan_; }

  /// @throws OptionError naming a block, unless two layers have the same linears, equally wide.
  void require_alike(Index layer, Index other) const;

  /// The removal of the layers right behind one.
  [[nodiscard]] Edit removal_behind(Index layer, Index followers) const;

  /// The model with the layers right behind one merged into it.
  [[nodiscard]] MergedLayers merged(Index layer, Index followers, LaCoMerge merge) const;

  [[nodiscard]] Graph graph() const;

 private:
  struct Layer {
    std::vector<BlockId> blocks{};
    std::shared_ptr<const WeightStore> merged{};  ///< what its weights lie in; null: the memory of the graph
  };

  [[nodiscard]] WeightView merged_weight(Index layer, Index followers, std::size_t block, std::size_t slot,
                                         WeightStore& store) const;

  const Graph* graph_;
  Weights weights_;
  Plan plan_;
  std::vector<Layer> layers_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/merged_layers.ipp>
#endif
