// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/cost_request.hpp>
#include <multipruner/search/search_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What a search is to minimise, and when it is done.
struct SearchProblem {
  /// Costs of a batch of plans, one each. With `only_cheapest` all but the first cheapest may be lower bounds.
  std::function<std::vector<PlanCost>(std::span<const Plan>, bool only_cheapest)> costs;
  /// What a batch of plans costs on about a share of the windows, one number each, comparable with each other alone;
  /// may be empty, where only `costs` are there to go by.
  std::function<std::vector<double>(std::span<const Plan>, double share)> estimates{};
  /// By what the cheapest is the lowest; empty: by its cost.
  PlanScore score{};
  /// The pruning ratio of a plan, in percent.
  std::function<double(const Plan&)> ratio_of;
  /// The search ends at the first plan at or beyond this ratio.
  double target = 0;
  /// Told of every step as soon as it is taken; may be empty.
  SearchStepObserver on_step{};

  /// One cost per plan. @throws OptionError where `costs` gives another number of them
  [[nodiscard]] std::vector<PlanCost> costs_of(std::span<const Plan> plans, bool only_cheapest) const;

  /// The same of estimates, which must be there.
  [[nodiscard]] std::vector<double> estimates_of(std::span<const Plan> plans, double share) const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/search_problem.ipp>
#endif
