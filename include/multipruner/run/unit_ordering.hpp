// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/run/registry.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What an ordering is given of one axis of a block.
struct UnitOrderInput {
  const Graph& graph;
  BlockAxis axis;
  const ModelStatistics& statistics;  ///< what the ordering needs
  std::uint64_t seed = 0;
  Index group = 1;  ///< neighbouring units that move together
};

/// A way to order the units of blocks, so that the least important come last and go first. By default, "none": they
/// stay as they are. Another setting of a metric is another ordering, with a name of its own.
struct UnitOrdering {
  std::string name = "none";
  std::string ordered_by{};  ///< the end of a sentence of a model card: "by the L1 norm of their weights"
  StatisticsNeeds needs{};
  /// Entry i is the old place of the unit that comes to place i; empty: units stay as they are.
  std::function<std::vector<Index>(const UnitOrderInput& input)> order{};
  /// By what they are ordered: one score a unit, a higher one for what matters more; empty: there are none.
  std::function<std::vector<double>(const UnitOrderInput& input)> scores{};
  bool ranks = true;  ///< the least important units come last

  [[nodiscard]] bool is_none() const { return !order; }

  /// Whether it looks at activations, and so depends on a text.
  [[nodiscard]] bool needs_statistics() const { return needs != StatisticsNeeds{}; }

  /// Whether its statistics include Gram matrices, which take memory and time.
  [[nodiscard]] bool needs_gram() const { return needs.block_input.gram || needs.output_input.gram; }

  /// How units were ordered, as one sentence of a model card.
  [[nodiscard]] std::string sentence() const;
};

/// The orderings that ship: by every unit metric of the library, at random, and none.
[[nodiscard]] Registry<UnitOrdering> shipped_unit_orderings();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/unit_ordering.ipp>
#endif
