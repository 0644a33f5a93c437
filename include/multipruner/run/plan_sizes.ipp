// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/weight_bytes.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/plan_sizes.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE PlanSizes::PlanSizes(const Graph& graph, const std::optional<LatencyTable>& latency)
    : graph_(&graph) {
  if (latency) milliseconds_ = latency->times_of(graph);
}

MULTIPRUNER_INLINE double PlanSizes::size(std::string_view what, const Plan& plan) const {
  if (what == "parameters") return static_cast<double>(count_parameters(graph_->config(), plan));
  if (what == "bytes") return static_cast<double>(weight_bytes(*graph_, plan));
  if (what == "milliseconds" && milliseconds_) return milliseconds_(plan);
  throw OptionError("size of a plan", "\"" + std::string(what) + "\" is not known",
                    "Ask for parameters, bytes, or, with a latency table, milliseconds");
}

MULTIPRUNER_INLINE double PlanSizes::whole(std::string_view what) const {
  if (what == "parameters") return static_cast<double>(count_parameters(graph_->config()));
  return size(what, what == "milliseconds" ? Plan(*graph_) : Plan(graph_->config()));
}

MULTIPRUNER_INLINE PlanRatio PlanSizes::ratio_of(std::string_view what) const {
  if (what == "parameters") return {};  // which all policies know by themselves
  return [sizes = *this, what = std::string(what), whole = whole(what)](const Plan& plan) {
    return (1.0 - sizes.size(what, plan) / whole) * 100.0;
  };
}

MULTIPRUNER_INLINE std::string_view target_size(const RunSpec& spec) {
  if (spec.milliseconds) return "milliseconds";
  if (spec.bytes) return "bytes";
  if (spec.parameters) return "parameters";
  return spec.ratio_of;
}

MULTIPRUNER_INLINE std::string_view compared_size(const RunSpec& spec) {
  if (spec.compare_by == "cost-per-byte") return "bytes";
  if (spec.compare_by == "cost-per-millisecond") return "milliseconds";
  if (spec.compare_by == "cost-per-parameter") return "parameters";
  return "";
}

MULTIPRUNER_INLINE bool needs_latency(const RunSpec& spec) {
  return target_size(spec) == "milliseconds" || compared_size(spec) == "milliseconds";
}

MULTIPRUNER_INLINE RunSpec with_ratio(RunSpec spec, const PlanSizes& sizes) {
  if (!spec.parameters && !spec.bytes && !spec.milliseconds) return spec;
  const std::string what(target_size(spec));
  const double left =
      spec.milliseconds ? *spec.milliseconds : static_cast<double>(spec.bytes ? *spec.bytes : *spec.parameters);
  const double whole = sizes.whole(what);
  if (left >= whole) {
    const std::string has = what == "milliseconds" ? "takes only " + fixed_text(whole, 2) + " ms a token"
                                                   : "has only " + grouped_text(static_cast<Index>(whole));
    throw OptionError("--" + what, "the model " + has, "Give less");
  }
  spec.ratio = (1.0 - left / whole) * 100.0;
  spec.ratio_of = what;
  spec.parameters.reset();
  spec.bytes.reset();
  spec.milliseconds.reset();
  return spec;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
