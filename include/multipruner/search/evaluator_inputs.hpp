// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/any_metric.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What an evaluator measures, on what, and how. All that is referred to must outlive it, unchanged.
struct EvaluatorInputs {
  std::reference_wrapper<const Graph> graph;
  std::reference_wrapper<const Calibration> calibration;
  AnyMetric metric{};  ///< any PlanMetric; perplexity unless another is given
  EvaluatorOptions options{};
  CostMemory* memory = nullptr;  ///< keeps costs beyond the life of the evaluator; or null
  /// Where plans take the output matrices of narrowed blocks from; null: the first columns of the graph's own.
  const BlockSource* outputs = nullptr;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
