// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/run_compensation.hpp>
#include <multipruner/run/run_place.hpp>
#include <multipruner/run/run_registries.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// How the parts of a run work within the memory that it may use. One part works after the other.
struct RunMemory {
  EvaluatorOptions evaluator;
  UnitOrderOptions order;
  RunCompensationOptions compensation;
};

/// @param place  says what may be used; by default, much of what there is
/// @throws OptionError where that is not enough for the statistics of one block, for one window, or for compensation
[[nodiscard]] RunMemory divide_run_memory(const RunSpec& spec, const RunPlace& place, const RunRegistries& registries,
                                          const Graph& graph, const RunTexts& texts);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_memory.ipp>
#endif
