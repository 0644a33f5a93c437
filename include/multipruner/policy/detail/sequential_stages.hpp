// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>
#include <multipruner/search/cost_request.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The stages of SequentialThreshold in a model: where each looks for moves, on what, and until when.
class SequentialStages {
 public:
  /// @throws OptionError for options that cannot work for this model.
  SequentialStages(const SequentialThresholdOptions& options, const ModelConfig& config);

  /// Calls f(stage, space, set, threshold) for the stages that there are, in their order.
  template <class F>
  void for_each(F&& f) const {
    if (thresholds_.depth) f(PruningStage::depth, depth_, CalibrationSet::block, *thresholds_.depth);
    if (thresholds_.mlp_width) f(PruningStage::mlp_width, mlp_width_, CalibrationSet::width, *thresholds_.mlp_width);
    if (thresholds_.attention_width) {
      f(PruningStage::attention_width, attention_width_, CalibrationSet::width, *thresholds_.attention_width);
    }
  }

  /// Whether any of them has a move from a plan.
  [[nodiscard]] bool have_moves(const Plan& plan) const;

  /// The ratio at which the last one ends.
  [[nodiscard]] double target() const { return target_of(thresholds_); }

 private:
  StageThresholds thresholds_;
  BlockRemoval depth_;
  WidthReduction mlp_width_, attention_width_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/sequential_stages.ipp>
#endif
