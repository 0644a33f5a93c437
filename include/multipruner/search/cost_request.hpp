#pragma once

#include <cstdint>
#include <functional>

#include <multipruner/core/types.hpp>

namespace multipruner {

/// Which calibration windows a cost is measured on: the reference scores blocks on one set and widths on a smaller one.
enum class CalibrationSet : std::uint8_t { block, width };

/// Told how much of a batch is done, e.g. 3 of 24; often, also where nothing was added.
using BatchProgress = std::function<void(Index done, Index total)>;

/// What is asked of an objective about a batch of plans.
struct CostRequest {
  CalibrationSet set = CalibrationSet::block;
  /// Only the first cheapest plan is of interest: the objective may stop measuring a plan as soon as it cannot be that
  /// one, and then answers with a bound that it exceeds.
  bool only_cheapest = false;
  BatchProgress progress{};
};

}  // namespace multipruner
