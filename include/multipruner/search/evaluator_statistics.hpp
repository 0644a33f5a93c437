// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// How much work an evaluator did and saved, counted: one block evaluation is one residual block applied to one window.
/// One full forward pass per plan and window would have run the sum of all five.
struct EvaluatorStatistics {
  Index plans = 0;                       ///< plans whose cost was asked for, but for estimates
  double estimated_plans = 0;            ///< plans of which an estimate was asked for, each as the share of the windows
  Index blocks_run = 0;                  ///< block evaluations done
  Index blocks_saved_by_sharing = 0;     ///< because several plans of a batch begin alike
  Index blocks_saved_by_reuse = 0;       ///< because an earlier batch left the residual stream
  Index blocks_saved_by_early_stop = 0;  ///< because a plan could no longer be the cheapest
  Index blocks_saved_by_memory = 0;      ///< because the losses of the plan were known from before
  Index weight_bytes = 0;                ///< of the blocks, read for them: what plans share in a pass counts once
  Index most_stream_bytes = 0;           ///< of residual streams that were kept for later batches at the same time

  /// Work of two evaluators, one after the other.
  EvaluatorStatistics& operator+=(const EvaluatorStatistics& other);

  /// What one forward pass per plan and window would have run.
  [[nodiscard]] Index blocks_asked_for() const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/evaluator_statistics.ipp>
#endif
