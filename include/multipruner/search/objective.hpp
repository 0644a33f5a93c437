#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/plan/plan.hpp>

namespace multipruner {

/// Which calibration windows a cost is measured on: the reference scores blocks on one set and widths on a smaller one.
enum class CalibrationSet : std::uint8_t { block, width };

/// Told how much of a batch is done, e.g. 3 of 24.
using BatchProgress = std::function<void(Index done, Index total)>;

/// What policies and searches minimise: batches of plans in, costs out. They never run the model themselves.
class Objective {
 public:
  virtual ~Objective() = default;

  /// One cost per plan, in the order of the plans; lower is better, NaN and infinity mean that a plan does not work. The
  /// cost of a plan depends on neither the other plans of the batch nor on earlier batches.
  [[nodiscard]] virtual std::vector<double> costs(std::span<const Plan> plans, CalibrationSet set,
                                                  const BatchProgress& progress = {}) = 0;

  /// The number people know for a cost, e.g. a perplexity.
  [[nodiscard]] virtual double display(double cost) const { return cost; }
};

}  // namespace multipruner
