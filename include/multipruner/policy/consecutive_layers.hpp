// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/layer_pruning_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Removes a run of consecutive layers, the one across which the residual stream turns least: of the smallest angular
/// distance between the last tokens before and behind it (arXiv 2403.17887, "The Unreasonable Ineffectiveness of the
/// Deeper Layers"). A run is as long as is asked for, or the shortest whose best place reaches the ratio. Of equal
/// distances the first one wins.
///
/// No plan is measured: the costs of its steps, one a layer, are NaN. Layers that are gone already do not part a run,
/// layers to keep do.
class ConsecutiveLayers {
 public:
  using Options = LayerPruningOptions;

  explicit ConsecutiveLayers(Options options) : options_(std::move(options)) {}

  /// Where no run is long enough, the longest goes, and the result says so.
  /// @throws OptionError for a ratio or a number that cannot be, or a block to keep that is not there; what gathering
  /// statistics throws; DataError for a distance that is not finite.
  [[nodiscard]] PruningResult run(const RunContext& context) const;

 private:
  Options options_;
};

static_assert(PruningPolicy<ConsecutiveLayers>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/consecutive_layers.ipp>
#endif
