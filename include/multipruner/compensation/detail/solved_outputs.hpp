// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Output matrices of narrowed blocks that are solved when they are first asked for, and kept.
///
/// Several threads may ask for weights, and tasks of one. The graph must outlive it.
class SolvedOutputs : public BlockSource {
 public:
  /// The block narrowed, with solved output matrices.
  [[nodiscard]] MULTIPRUNER_INLINE BlockView block(BlockId block, const Choice& choice) const final;

  /// The output matrix of an axis of which the first `width` channels are left: stream × width, in the scalar type of
  /// the graph's. @throws OptionError for a width that the axis does not have.
  [[nodiscard]] WeightView output(BlockAxis axis, Index width) const;

 protected:
  explicit SolvedOutputs(const Graph& graph) : graph_(&graph) {}

  [[nodiscard]] const Graph& graph() const { return *graph_; }

 private:
  /// The output matrix of a block at a width.
  struct Solved {
    WeightStore store;
    WeightView weight;
  };
  using Key = std::tuple<BlockId, std::size_t, Index>;  ///< a block, an axis and a width

  /// @param original  the output matrix of the whole block
  /// @param width  less than that of the whole block
  /// @returns stream × width
  [[nodiscard]] virtual WeightMatrix solve(BlockAxis axis, const WeightView& original, Index width) const = 0;

  [[nodiscard]] const Solved* find(const Key& key) const;

  const Graph* graph_;
  mutable std::mutex mutex_;
  mutable std::map<Key, std::unique_ptr<const Solved>> solved_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/detail/solved_outputs.ipp>
#endif
