#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/unit_metric.hpp>
#include <multipruner/simd/convert.hpp>

namespace multipruner {

/// Weight magnitude as MultiPruner's reference code measures it (arXiv 2501.09949, released code).
///
/// MLP channel j: ‖gate_proj row j‖₁ + ‖up_proj row j‖₁. Attention group: the mean over its query channels c of
/// ‖q_proj row c‖₁ + ‖k_proj row κ(c)‖₁ + ‖v_proj row κ(c)‖₁, where κ(c) is the row of the key/value head that the
/// query head shares. down_proj, o_proj and biases are not looked at. Sums are in double.
struct L1 {
  static constexpr std::string_view name = "l1";

  /// Round scores to float16, as the released code keeps them: many channels then tie, and stay in their order. Scores
  /// above 65,504 become infinite and are refused.
  bool reference = false;

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockId block) const {
    std::vector<double> scores = detail::score_input_rows(graph, block, [](const WeightView& weight) {
      return detail::sum_rows(weight, [](double entry, Index) { return std::abs(entry); });
    });
    if (reference) round_to_float16(scores);
    return scores;
  }

 private:
  static void round_to_float16(std::vector<double>& scores) {
    const std::vector<float> single(scores.begin(), scores.end());
    std::vector<Float16> half(scores.size());
    simd::from_float(single, DType::float16, half.data());
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<double>(to_float(half[i]));
  }
};

static_assert(UnitMetric<L1>);

}  // namespace multipruner
