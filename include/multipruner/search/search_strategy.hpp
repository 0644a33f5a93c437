#pragma once

#include <concepts>
#include <functional>
#include <span>
#include <vector>

#include <multipruner/search/search_result.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner {

/// Costs of a batch of plans, one each.
using CostFunction = std::function<std::vector<double>(std::span<const Plan>)>;

/// The pruning ratio of a plan, in percent.
using RatioFunction = std::function<double(const Plan&)>;

/// Told of every step as soon as it is taken.
using StepObserver = std::function<void(const SearchStep&)>;

/// How a stage of pruning looks for its moves.
///
/// `search(space, start, costs, target, ratio_of, on_step)` works for every SearchSpace, goes from the plan `start` until
/// `ratio_of(plan) >= target`, and returns where it arrived, with its steps. It learns what plans cost from `costs` alone,
/// prefers to ask for many at once, never picks a plan whose cost is not finite, and calls `on_step`, if there is one,
/// after every step. The same input gives the same plan. Running out of moves is an outcome, not an error.
///
/// A strategy is default constructible and holds no state of a search. (The concept can only try one space, block
/// removal.)
template <class S>
concept SearchStrategy =
    std::default_initializable<S> &&
    requires(const S& strategy, const BlockRemoval& space, const Plan& start, const CostFunction& costs, double target,
             const RatioFunction& ratio_of, const StepObserver& on_step) {
      { strategy.search(space, start, costs, target, ratio_of, on_step) } -> std::same_as<SearchResult>;
    };

}  // namespace multipruner
