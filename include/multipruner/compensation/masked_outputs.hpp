#pragma once

#include <numeric>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/compensation/detail/solved_outputs.hpp>
#include <multipruner/compensation/masked_ridge_columns.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>

namespace multipruner {

/// LocalOutputs for a model with a weight mask: its output matrices keep their zeros. No factor serves several rows
/// then; every width is solved by conjugate gradients (`masked_ridge_columns`), at 2 · hidden_size · width² operations
/// for each iteration. Matrices without a mask are solved in the same way, without zeros.
///
/// Several threads may ask for weights, and tasks of one. The graph must outlive it.
class MaskedOutputs final : public detail::SolvedOutputs {
 public:
  static constexpr StatisticsNeeds needs{.output_input = {.gram = true}};

  /// @param ridge  λ / mean(diag G)
  /// @throws OptionError where the statistics lack a Gram matrix or the ridge is below 0; DataError where a Gram matrix
  ///         is not finite.
  MaskedOutputs(const Graph& graph, const ModelStatistics& statistics, double ridge, MaskedSolveOptions options = {})
      : SolvedOutputs(graph),
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

 private:
  struct Block {
    Eigen::MatrixXd gram;
    WeightMask zeros;
  };

  [[nodiscard]] WeightMatrix solve(BlockId block, const WeightView& original, Index width) const override {
    const Block& given = blocks_[static_cast<std::size_t>(position_of(block))];
    std::vector<Index> kept(static_cast<std::size_t>(width));
    std::iota(kept.begin(), kept.end(), Index{0});
    return masked_ridge_columns(to_weight_matrix(original), given.zeros, given.gram, kept, ridge_, options_).weight;
  }

  double ridge_;
  MaskedSolveOptions options_;
  std::vector<Block> blocks_;  ///< by position; empty where there is no block
};

}  // namespace multipruner
