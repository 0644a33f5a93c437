#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/compensation/masked_ridge_columns.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/plan/narrowed_outputs.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>

namespace multipruner {

/// LocalOutputs for a model with a weight mask: its output matrices keep their zeros. No factor serves several rows
/// then; every width is solved by conjugate gradients (`masked_ridge_columns`), at 2 · hidden_size · width² operations
/// for each iteration. Matrices without a mask are solved in the same way, without zeros.
///
/// Several threads may ask for weights; where two ask for the same new one, both solve it. The graph must outlive it.
class MaskedOutputs final : public NarrowedOutputs {
 public:
  static constexpr StatisticsNeeds needs{.output_input = {.gram = true}};

  /// @param ridge  λ / mean(diag G)
  /// @throws OptionError where the statistics lack a Gram matrix or the ridge is below 0; DataError where a Gram matrix
  ///         is not finite.
  MaskedOutputs(const Graph& graph, const ModelStatistics& statistics, double ridge, MaskedSolveOptions options = {})
      : graph_(&graph),
        ridge_(ridge),
        options_(options),
        blocks_(static_cast<std::size_t>(graph.config().num_blocks())) {
    for (Index position = 0; position < graph.config().num_blocks(); ++position) {
      const BlockId block = block_at(position);
      const Index width = graph.width(block);
      if (width == 0) continue;
      const WeightView& weight = output_matrix(graph.weights(), block);
      Block& made = blocks_[static_cast<std::size_t>(position)];
      made.gram = statistics.gram(block, Signal::output_input, width).matrix();
      if (!made.gram.allFinite()) {
        throw DataError(label_of(block), "its Gram matrix is not finite",
                        "Check the weights and the text the activations came from");
      }
      static_cast<void>(dampening_of(made.gram, ridge));
      made.zeros = mask_of(weight).value_or(WeightMask(weight.rows, weight.columns));
    }
  }
  MaskedOutputs(const Graph&&, const ModelStatistics&, double, MaskedSolveOptions = {}) = delete;

  /// @throws OptionError for a width that the block does not have.
  [[nodiscard]] WeightView output(BlockId block, Index width) const override {
    const Index full = graph_->width(block);
    if (width <= 0 || width > full) {
      throw OptionError(label_of(block),
                        "there are no " + std::to_string(width) + " of its " + std::to_string(full) + " channels",
                        "Ask for a narrower block");
    }
    const WeightView& original = output_matrix(graph_->weights(), block);
    if (width == full) return original;
    const std::pair key{position_of(block), width};
    if (const std::optional<WeightView> known = find(key)) return *known;
    std::unique_ptr<Solved> solved = solve(block, original, width);
    const std::lock_guard lock(mutex_);
    return solved_.try_emplace(key, std::move(solved)).first->second->weight;
  }

 private:
  struct Block {
    Eigen::MatrixXd gram;
    WeightMask zeros;
  };

  struct Solved {
    WeightStore store;
    WeightView weight;
  };

  [[nodiscard]] std::optional<WeightView> find(const std::pair<Index, Index>& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = solved_.find(key);
    if (found == solved_.end()) return std::nullopt;
    return found->second->weight;
  }

  [[nodiscard]] std::unique_ptr<Solved> solve(BlockId block, const WeightView& original, Index width) const {
    const Block& given = blocks_[static_cast<std::size_t>(position_of(block))];
    std::vector<Index> kept(static_cast<std::size_t>(width));
    std::iota(kept.begin(), kept.end(), Index{0});
    const MaskedRidgeColumns columns =
        masked_ridge_columns(to_weight_matrix(original), given.zeros, given.gram, kept, ridge_, options_);
    auto solved = std::make_unique<Solved>();
    solved->weight = store_weights(solved->store, columns.weight, original.dtype);
    return solved;
  }

  const Graph* graph_;
  double ridge_;
  MaskedSolveOptions options_;
  std::vector<Block> blocks_;  ///< by position; empty where there is no block
  mutable std::mutex mutex_;
  mutable std::map<std::pair<Index, Index>, std::unique_ptr<Solved>> solved_;  ///< of a position and a width
};

}  // namespace multipruner
