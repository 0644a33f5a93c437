// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

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

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;

 private:
  static void round_to_float16(std::vector<double>& scores);
};

static_assert(UnitMetric<L1>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/l1.ipp>
#endif
