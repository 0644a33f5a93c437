// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/remove_lowest_units.hpp>
#include <multipruner/run/detail/ordered_one_shot.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE OrderedOneShot::OrderedOneShot(Options options) : options_(std::move(options)) {
  if (options_.ordering.scores) return;
  throw OptionError("--policy one-shot",
                    "--reorder " + options_.ordering.name + " gives no scores to compare blocks by",
                    "Choose another --reorder, e.g. output-norm");
}

MULTIPRUNER_INLINE PruningResult OrderedOneShot::run(const RunContext& context) const {
  const UnitOrdering& ordering = options_.ordering;
  const ModelStatistics none({}, context.graph.config().blocks);
  const ModelStatistics& statistics = ordering.needs_statistics() ? context.statistics.gather(ordering.needs) : none;
  return remove_lowest_units(context, options_.one_shot, ordering.name, [&](BlockAxis axis) {
    return ordering.scores({context.graph, axis, statistics, options_.seed});
  });
}

MULTIPRUNER_INLINE OrderedOneShot OrderedOneShot::until(double ratio) const {
  Options options = options_;
  options.one_shot.ratio = std::min(options.one_shot.ratio, ratio);
  return OrderedOneShot(std::move(options));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
