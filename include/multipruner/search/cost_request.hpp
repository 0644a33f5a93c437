// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Which calibration windows a cost is measured on: the reference scores blocks on one set and widths on a smaller one.
enum class CalibrationSet : std::uint8_t { block, width };

/// How far the measuring of a batch of plans is.
struct BatchState {
  Index done = 0, total = 0;  ///< units of work
  Index plans = 0;
  Index plans_done = 0;                                   ///< measured to the end, or dropped
  double best = std::numeric_limits<double>::infinity();  ///< the lowest cost of those that are measured to the end
};

/// Told how far a batch is; often, also where nothing has changed.
using BatchProgress = std::function<void(const BatchState&)>;

/// What is asked of an objective about a batch of plans.
struct CostRequest {
  CalibrationSet set = CalibrationSet::block;
  /// Only the first cheapest plan is of interest: the objective may stop measuring a plan as soon as it cannot be that
  /// one, and then answers with a bound that it exceeds.
  bool only_cheapest = false;
  BatchProgress progress{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
