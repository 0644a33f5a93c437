// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>

#include <multipruner/core/error.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_memory.hpp>
#include <multipruner/search/memory_budget.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Tokens of a calibration window: all have one length.
[[nodiscard]] inline Index window_length(const RunTexts& texts) {
  return texts.calibration.front().longest();
}

[[nodiscard]] inline EvaluatorOptions evaluator_options(const RunSpec& spec, const RunPlace& place,
                                                        const std::optional<MemoryBudget>& budget) {
  EvaluatorOptions options{.compute = spec.compute, .confidence = spec.confidence};
  options.stream_bytes = place.stream_memory;
  if (!budget) return options;
  options.rows_per_pass = budget->rows_per_pass;
  options.stream_bytes = std::min(budget->stream_bytes, options.stream_bytes.value_or(budget->stream_bytes));
  return options;
}

/// Lets the order be made within a budget. No streams are kept then.
inline void fit_order(UnitOrderOptions& order, const MemoryBudget& budget, Index allowed, const Graph& graph,
                      Index window) {
  const Index per_row = bytes_per_row(graph.config());
  const Index room = budget.stream_bytes + (budget.rows_per_pass - window) * per_row;
  order.statistics_bytes = 0;
  const Index least = unit_order_bytes(order, graph);
  if (least > room) {
    throw OptionError("--memory",
                      "the statistics for --reorder " + order.ordering.name + " take " + bytes_text(least) + ", and " +
                          bytes_text(room) + " are left for them",
                      "Allow " + bytes_text(allowed + least - room) + ", or choose an order that needs less, e.g. l1");
  }
  order.statistics_bytes = (room - least) / 2;
  order.rows_per_pass = std::min(budget.rows_per_pass, window + (room - least) / 2 / per_row);
}

/// @throws OptionError where too little memory is allowed for compensation.
inline void require_memory(const RunCompensationOptions& compensation, Index allowed, const Graph& graph, Index tokens,
                           Index rows_per_pass) {
  const CompensationMethod& method = compensation.method;
  if (method.is_none()) return;
  if (method.outputs || compensation.every) {
    throw OptionError("--memory", "local compensation and --compensate-every keep more than one model in memory",
                      "Use --compensate stream-matching or none, or omit --memory");
  }
  const Index solving = method.bytes ? method.bytes(ModelView(graph), tokens, compensation.settings) : 0;
  const Index needed = resident_memory().now + solving + rows_per_pass * bytes_per_row(graph.config());
  if (needed <= allowed) return;
  throw OptionError("--memory",
                    method.name + " on " + grouped_text(tokens) + " tokens takes " + bytes_text(needed) + " in all",
                    "Allow that, give it less text with --samples-fit, or use --compensate none");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE RunMemory divide_run_memory(const RunSpec& spec, const RunPlace& place,
                                               const RunRegistries& registries, const Graph& graph,
                                               const RunTexts& texts) {
  const Index window = detail::window_length(texts);
  std::optional<MemoryBudget> budget;
  if (place.memory) budget = divide_memory(graph, window, *place.memory, resident_memory().now);
  RunMemory memory{detail::evaluator_options(spec, place, budget), unit_order_options(spec, registries),
                   compensation_of(spec, registries)};
  const bool estimates = spec.search == "fast" || registries.policies.at(spec.policy).estimates;
  if (estimates) memory.evaluator.least_parts = 8;
  memory.order.statistics = place.statistics;
  memory.order.rows_per_pass = memory.compensation.settings.rows_per_pass = memory.evaluator.rows_per_pass;
  if (!budget) return memory;
  memory.compensation.settings.scratch_folder = place.out;
  if (memory.order.ordering.needs_statistics()) {
    detail::fit_order(memory.order, *budget, *place.memory, graph, window);
  }
  const Index tokens = static_cast<Index>(texts.fit.tokens().size()) +
                       spec.generated_windows.value_or(0) * generated_window_length(texts.fit);
  detail::require_memory(memory.compensation, *place.memory, graph, tokens, memory.evaluator.rows_per_pass);
  return memory;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
