// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <vector>

#include <multipruner/calibration/statistics_source.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner::test {

/// Hands out statistics that a test has made.
class GivenStatistics final : public StatisticsSource {
 public:
  explicit GivenStatistics(ModelStatistics statistics) : statistics_(std::move(statistics)) {}
  [[nodiscard]] const ModelStatistics& gather(const StatisticsNeeds&) override { return statistics_; }
  [[nodiscard]] const TokenWindows* windows(Index) override { return nullptr; }

 private:
  ModelStatistics statistics_;
};

/// For policies that measure no plans: counts those that are measured all the same.
struct UnusedObjective final : Objective {
  Index asked = 0;

  std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest&) override {
    asked += static_cast<Index>(plans.size());
    return std::vector<PlanCost>(plans.size());
  }
};

}  // namespace multipruner::test
