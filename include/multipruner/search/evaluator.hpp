// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/stream_engine.hpp>
#include <multipruner/search/evaluator_inputs.hpp>
#include <multipruner/search/evaluator_statistics.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

template <StreamEngine Engine>
class PlanEvaluator;

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// Costs of plans on calibration windows, by running the model as rarely as possible.
///
/// * Plans share the residual stream up to the first block at which they differ; every block is applied to all plans
///   of a batch in turn, so that its weights are read once a pass.
/// * Streams are kept from batch to batch under a budget of bytes: after a step of a greedy search only the blocks
///   behind the change run again.
/// * Where only the cheapest plan is asked for, one that can no longer be it is dropped. That takes a metric with a
///   lower bound.
///
/// * With `EvaluatorOptions::confidence`, one that is worse at that confidence is dropped, too.
///
/// Exact costs are those of one full pass per plan, bit for bit, and the cheapest plan is the one that measuring all of
/// them to the end would find, whatever is shared, kept or dropped; with a confidence, it is that so often.
///
/// For example `Evaluator evaluator({.graph = graph, .calibration = calibration});`
class Evaluator final : public Objective {
 public:
  /// @throws OptionError for a confidence that is none.
  explicit Evaluator(EvaluatorInputs inputs);
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;
  MULTIPRUNER_INLINE ~Evaluator() override;

  /// @throws DataError if there are no windows, a token is not in the vocabulary, or the calibration has no such
  /// samples.
  [[nodiscard]] MULTIPRUNER_INLINE std::vector<PlanCost> costs(std::span<const Plan> plans,
                                                               const CostRequest& request) override;

  MULTIPRUNER_INLINE void require_samples(std::string_view name) const override;

  [[nodiscard]] MULTIPRUNER_INLINE double display(double cost) const override;

  [[nodiscard]] const EvaluatorStatistics& statistics() const;

 private:
  std::unique_ptr<detail::PlanEvaluator<detail::ForwardEngine>> evaluator_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/evaluator.ipp>
#endif
