#pragma once

#include <span>

#include <multipruner/plan/plan.hpp>
#include <multipruner/search/cost_request.hpp>

namespace multipruner {

/// Some windows of a set, and a plan that they cost something.
struct CostKey {
  CalibrationSet set = CalibrationSet::block;
  const Plan* plan = nullptr;
  Index first_window = 0;
  Index turn = 0;  ///< of a run that goes on with another model every turn
};

/// Keeps what an evaluator has measured beyond its life, e.g. in a file. It belongs to one model, one calibration set
/// and one compute type.
class CostMemory {
 public:
  virtual ~CostMemory() = default;

  /// Fills in one cost a window and returns true if they are known, all of them.
  [[nodiscard]] virtual bool find(const CostKey& key, std::span<double> costs) const = 0;

  /// Called as soon as costs are measured, once for each key.
  virtual void add(const CostKey& key, std::span<const double> costs) = 0;
};

}  // namespace multipruner
