// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string_view>

#include <multipruner/importance/flap.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/l2.hpp>
#include <multipruner/importance/obs.hpp>
#include <multipruner/importance/output_norm.hpp>
#include <multipruner/importance/random.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/importance/wanda.hpp>
#include <multipruner/importance/wanda_output.hpp>
#include <multipruner/run/unit_ordering.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Obs with `greedy`, for blocks of any width: the rest is rescored about 256 times, because every time costs a pass
/// over the inverse, and 11,008 of them would take a day.
class GreedyObs {
 public:
  static constexpr std::string_view name = "obs-greedy";
  static constexpr StatisticsNeeds needs = Obs::needs;

  explicit GreedyObs(const ModelStatistics& statistics) : statistics_(&statistics) {}

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const {
    const Index units_per_step = std::max<Index>(1, graph.num_units(axis) / most_steps);
    return Obs(*statistics_, {.greedy = true, .units_per_step = units_per_step}).scores(graph, axis);
  }

 private:
  static constexpr Index most_steps = 256;

  const ModelStatistics* statistics_;
};

template <class Metric>
[[nodiscard]] UnitOrdering by_weights(std::string name, std::string ordered_by, Metric metric) {
  const auto order = [metric](const UnitOrderInput& input) {
    return order_units_of(input.graph, input.axis, metric, input.group);
  };
  const auto scores = [metric](const UnitOrderInput& input) { return metric.scores(input.graph, input.axis); };
  return {.name = std::move(name), .ordered_by = std::move(ordered_by), .order = order, .scores = scores};
}

template <class Metric>
[[nodiscard]] UnitOrdering by_statistics(std::string name, std::string ordered_by) {
  const auto order = [](const UnitOrderInput& input) {
    return order_units_of(input.graph, input.axis, Metric(input.statistics), input.group);
  };
  const auto scores = [](const UnitOrderInput& input) {
    return Metric(input.statistics).scores(input.graph, input.axis);
  };
  return {.name = std::move(name),
          .ordered_by = std::move(ordered_by),
          .needs = Metric::needs,
          .order = order,
          .scores = scores};
}

[[nodiscard]] inline UnitOrdering at_random() {
  const auto order = [](const UnitOrderInput& input) {
    return order_units_of(input.graph, input.axis, Random{.seed = input.seed}, input.group);
  };
  const auto scores = [](const UnitOrderInput& input) {
    return Random{.seed = input.seed}.scores(input.graph, input.axis);
  };
  return {.name = "random", .ordered_by = "at random", .order = order, .scores = scores, .ranks = false};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::string UnitOrdering::sentence() const {
  return is_none() ? "Channels and heads were left in their order."
                   : "Before that, channels and heads were ordered " + ordered_by +
                         (ranks ? ", so that the least important ones come last." : ".");
}

MULTIPRUNER_INLINE Registry<UnitOrdering> shipped_unit_orderings() {
  using detail::by_statistics, detail::by_weights;
  return {"--reorder",
          {by_weights("l1", "by the L1 norm of their weights", L1{}),
           by_weights("l1-reference",
                      "by the L1 norm of their weights, rounded to float16 as in the released code of MultiPruner",
                      L1{.reference = true}),
           by_weights("l2", "by the L2 norm of their weights", L2{}),
           by_statistics<Wanda>("wanda",
                                "by the sum of their weights' magnitudes, each times the norm of its input (Wanda)"),
           by_statistics<WandaOutput>(
               "wanda-output", "by the norm of their activations times the mean magnitude of their weights (Wanda-sp)"),
           by_statistics<OutputNorm>("output-norm", "by the norm of what they add to the residual stream"),
           by_statistics<Flap>("flap", "by how much what they add to the residual stream fluctuates (FLAP)"),
           by_statistics<Obs>("obs",
                              "by the error that their removal would leave if the others took over (optimal brain "
                              "surgeon)"),
           by_statistics<detail::GreedyObs>(
               "obs-greedy",
               "by the error that their removal, one after the other, would leave if the others took over (optimal "
               "brain surgeon)"),
           detail::at_random(), UnitOrdering{}}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
