// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/evaluation/latency_table.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/plan_ratio.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Sizes of what plans leave of a model, of which targets and cost rules of a run may be.
class PlanSizes {
 public:
  /// @param latency  nothing where milliseconds are not asked for @throws DataError for one of another model
  explicit PlanSizes(const Graph& graph, const std::optional<LatencyTable>& latency = std::nullopt);

  /// Parameters, bytes of weights, or milliseconds a token. @throws OptionError for another name
  [[nodiscard]] double size(std::string_view what, const Plan& plan) const;

  /// Of the unpruned model; milliseconds are those of the model that the run begins with.
  [[nodiscard]] double whole(std::string_view what) const;

  /// What plans remove of that. Of use as long as the graph is.
  [[nodiscard]] PlanRatio ratio_of(std::string_view what) const;

 private:
  const Graph* graph_;
  std::function<double(const Plan&)> milliseconds_{};
};

/// "milliseconds", "bytes" or "parameters", of which the target of a spec is.
[[nodiscard]] std::string_view target_size(const RunSpec& spec);

/// The same of its cost rule; empty where that looks at the cost alone.
[[nodiscard]] std::string_view compared_size(const RunSpec& spec);

/// Whether a spec asks for milliseconds.
[[nodiscard]] bool needs_latency(const RunSpec& spec);

/// The spec with a ratio in place of parameters, bytes or milliseconds that are to be left, if it has any.
/// @throws OptionError where the model has no more, or nothing could be left
[[nodiscard]] RunSpec with_ratio(RunSpec spec, const PlanSizes& sizes);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/plan_sizes.ipp>
#endif
