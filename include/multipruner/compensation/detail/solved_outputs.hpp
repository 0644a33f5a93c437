#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/plan/narrowed_outputs.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>

namespace multipruner::detail {

/// Output matrices of narrowed blocks that are solved when they are first asked for, and kept.
///
/// Several threads may ask for weights, and tasks of one. The graph must outlive it.
class SolvedOutputs : public NarrowedOutputs {
 public:
  /// @throws OptionError for a width that the block does not have.
  [[nodiscard]] WeightView output(BlockId block, Index width) const final {
    const Index full = graph_->width(block);
    if (width <= 0 || width > full) {
      throw OptionError(label_of(block),
                        "there are no " + std::to_string(width) + " of its " + std::to_string(full) + " channels",
                        "Ask for a narrower block");
    }
    const WeightView& original = output_matrix(graph_->weights(), block);
    if (width == full) return original;
    const Key key{position_of(block), width};
    if (const Solved* const known = find(key)) return known->weight;
    // Without the lock: a thread that waits for parallel work may take another task that asks for an output, too. Where
    // two solve the same, the bits are the same, and the first one is kept.
    auto solved = std::make_unique<Solved>();
    solved->weight = store_weights(solved->store, solve(block, original, width), original.dtype);
    const std::lock_guard lock(mutex_);
    return solved_.try_emplace(key, std::move(solved)).first->second->weight;
  }

 protected:
  explicit SolvedOutputs(const Graph& graph) : graph_(&graph) {}

  [[nodiscard]] const Graph& graph() const { return *graph_; }

 private:
  /// The output matrix of a block at a width.
  struct Solved {
    WeightStore store;
    WeightView weight;
  };
  using Key = std::pair<Index, Index>;  ///< a position and a width

  /// @param original  the output matrix of the whole block
  /// @param width  less than that of the whole block
  /// @returns hidden_size × width
  [[nodiscard]] virtual WeightMatrix solve(BlockId block, const WeightView& original, Index width) const = 0;

  [[nodiscard]] const Solved* find(const Key& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = solved_.find(key);
    return found == solved_.end() ? nullptr : found->second.get();
  }

  const Graph* graph_;
  mutable std::mutex mutex_;
  mutable std::map<Key, std::unique_ptr<const Solved>> solved_;
};

}  // namespace multipruner::detail
