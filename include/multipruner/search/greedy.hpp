#pragma once

#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/search/search_result.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner {

/// Takes the cheapest move again and again (MultiPruner, Algorithm 1; BlockPruner).
///
/// Every step scores all open moves in addition to those already taken; the first strictly smallest finite cost wins.
struct Greedy {
  /// Goes on while `ratio_of(plan) < target`, so it stops at the first plan at or beyond the target.
  /// @param ratio_of the pruning ratio of a plan, in percent.
  template <SearchSpace Space>
  [[nodiscard]] SearchResult search(const Space& space, Plan start, const CostFunction& costs, double target,
                                    const RatioFunction& ratio_of,
                                    const StepObserver& on_step = {}) const {
    SearchResult result{std::move(start), {}, SearchOutcome::reached};
    while (ratio_of(result.plan) < target) {
      const std::vector<Move> moves = space.moves(result.plan);
      if (moves.empty()) return stopped(std::move(result), SearchOutcome::no_candidate);
      SearchStep step = score(moves, result.plan, costs);
      const Candidate* best = cheapest(step.candidates);
      if (best == nullptr) return stopped(std::move(result), SearchOutcome::no_finite_cost);
      step.move = best->move;
      step.cost = best->cost;
      result.plan = apply(step.move, std::move(result.plan));
      step.ratio = ratio_of(result.plan);
      result.steps.push_back(std::move(step));
      if (on_step) on_step(result.steps.back());
    }
    return result;
  }

 private:
  static SearchResult stopped(SearchResult result, SearchOutcome outcome) {
    result.outcome = outcome;
    return result;
  }

  static SearchStep score(std::span<const Move> moves, const Plan& plan, const CostFunction& costs) {
    std::vector<Plan> plans;
    for (const Move move : moves) plans.push_back(apply(move, plan));
    const std::vector<double> values = costs(plans);
    SearchStep step;
    for (std::size_t i = 0; i < moves.size(); ++i) step.candidates.push_back({moves[i], values[i]});
    return step;
  }

  static const Candidate* cheapest(std::span<const Candidate> candidates) {
    const Candidate* best = nullptr;
    for (const Candidate& candidate : candidates) {
      if (std::isfinite(candidate.cost) && (best == nullptr || candidate.cost < best->cost)) best = &candidate;
    }
    return best;
  }
};

static_assert(SearchStrategy<Greedy>);

}  // namespace multipruner
