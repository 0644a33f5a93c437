#pragma once

#include <multipruner/core/types.hpp>

namespace multipruner {

/// How much work an evaluator did, counted: one block evaluation is one residual block applied to one window.
struct EvaluatorStatistics {
  Index plans = 0;                    ///< plans whose cost was asked for
  Index blocks_run = 0;               ///< block evaluations done
  Index blocks_saved_by_sharing = 0;  ///< block evaluations that one forward pass per plan would have needed on top
};

}  // namespace multipruner
