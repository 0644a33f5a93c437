// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/numpy_random.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner::test {

/// Every block adds what grows with the square of what it loses; neighbours make it more or less. Notes what is asked.
class Interacting : public Objective {
 public:
  Interacting(const Graph& graph, unsigned seed) : dense_(graph) {
    NumpyRandom random(seed);
    for (Index i = 0; i < dense_.num_blocks(); ++i) {
      own_.push_back(0.2 + random.uniform());
      with_next_.push_back(2 * random.uniform() - 1);
    }
  }

  [[nodiscard]] double cost_of(const Plan& plan) const {
    std::vector<double> lost;
    for (Index i = 0; i < plan.num_blocks(); ++i) {
      const double left = static_cast<double>(plan.choice({i})[0]) / static_cast<double>(dense_.choice({i})[0]);
      lost.push_back(1 - left);
    }
    double cost = 1;
    for (std::size_t i = 0; i < lost.size(); ++i) {
      cost += own_[i] * lost[i] * lost[i];
      if (i + 1 < lost.size()) cost += with_next_[i] * lost[i] * lost[i + 1];
    }
    return works(plan) ? cost : std::numeric_limits<double>::quiet_NaN();
  }

  std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    if (request.on_batch) request.on_batch({.total = 1, .plans = static_cast<Index>(plans.size())});
    std::vector<PlanCost> costs;
    for (const Plan& plan : plans) {
      costs.push_back({cost_of(plan)});
      if (request.share < 1) {
        costs.back() = {estimate(costs.back().value, plan), false};
      } else if (!request.only_cheapest) {
        measured.push_back(plan);
      }
    }
    if (request.share < 1) estimated.emplace_back(plans.begin(), plans.end());
    samples.emplace_back(request.samples);
    return costs;
  }

  std::vector<Plan> measured;                ///< of which the cost mattered and not only which is the cheapest
  std::vector<std::vector<Plan>> estimated;  ///< batches
  std::vector<std::string> samples;
  std::function<bool(const Plan&)> works = [](const Plan&) { return true; };

  /// What a plan of a cost seems to cost on a share of the windows.
  std::function<double(double cost, const Plan&)> estimate = [](double cost, const Plan&) { return cost; };

 private:
  Plan dense_;
  std::vector<double> own_, with_next_;
};

}  // namespace multipruner::test
