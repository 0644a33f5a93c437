#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner {

/// Weight magnitude as MultiPruner's reference code measures it (arXiv 2501.09949, released code).
///
/// MLP channel j: ‖gate_proj row j‖₁ + ‖up_proj row j‖₁. Attention group: the mean over its query channels c of
/// ‖q_proj row c‖₁ + ‖k_proj row κ(c)‖₁ + ‖v_proj row κ(c)‖₁, where κ(c) is the row of the key/value head that the
/// query head shares. down_proj, o_proj and biases are not looked at. Sums are in double.
struct L1 {
  static constexpr std::string_view name = "l1";

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockId block) const {
    const LayerWeights& layer = graph.layer(block.layer);
    if (block.kind == BlockKind::mlp) {
      if (!layer.mlp) return {};
      std::vector<double> scores = row_norms(layer.mlp->gate_proj);
      const std::vector<double> up = row_norms(layer.mlp->up_proj);
      for (std::size_t j = 0; j < scores.size(); ++j) scores[j] += up[j];
      return scores;
    }
    return layer.attention ? group_scores(*layer.attention, graph.config()) : std::vector<double>{};
  }

 private:
  static std::vector<double> row_norms(const WeightView& weight) {
    std::vector<double> norms(static_cast<std::size_t>(weight.rows), 0.0);
    weight.visit([&](const auto matrix) {
      parallel_for(matrix.rows, [&](Index row) {
        double& norm = norms[static_cast<std::size_t>(row)];
        for (Index i = 0; i < matrix.columns; ++i) norm += std::abs(static_cast<double>(to_float(matrix.row(row)[i])));
      });
    });
    return norms;
  }

  static std::vector<double> group_scores(const AttentionWeights& attention, const ModelConfig& config) {
    const std::vector<double> q = row_norms(attention.q_proj);
    const std::vector<double> k = row_norms(attention.k_proj);
    const std::vector<double> v = row_norms(attention.v_proj);
    std::vector<double> scores(q.size() / static_cast<std::size_t>(config.group_width()), 0.0);
    for (std::size_t channel = 0; channel < q.size(); ++channel) {
      const auto head_dim = static_cast<std::size_t>(config.head_dim);
      const std::size_t group = channel / static_cast<std::size_t>(config.group_width());
      const std::size_t shared = group * head_dim + channel % head_dim;
      scores[group] += q[channel] + k[shared] + v[shared];
    }
    for (double& score : scores) score /= static_cast<double>(config.group_width());
    return scores;
  }
};

static_assert(UnitMetric<L1>);

}  // namespace multipruner
