// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/search/lazy_greedy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What an edit added to the cost of a plan when it was measured last.
struct StaleEdit {
  Edit edit;
  double added = 0;
};

/// An edit that is open in the step under way.
struct OpenEdit {
  static constexpr double unknown = std::numeric_limits<double>::infinity();

  Edit edit;
  std::optional<double> added{};   ///< when it was measured, or estimated, last
  bool seen = false;               ///< in this step
  std::optional<PlanCost> cost{};  ///< where it was measured in this step
  double score = unknown;          ///< of a cost, or an estimate of it, that is finite
};

/// One walk of LazyGreedy.
class LazyWalk {
 public:
  LazyWalk(const LazyGreedyOptions& options, const SearchProblem& problem, Plan start)
      : options_(options), problem_(problem), result_{std::move(start), {}, SearchOutcome::reached} {}

  /// Takes one or more of the open edits. @returns false where none can be taken
  [[nodiscard]] bool step(const std::vector<Edit>& edits) {
    begin_step(edits);
    if (screens()) {
      look_at_what_may_be_cheapest([this](const auto& which) { estimate(which); });
      measure_finalists();
    } else {
      look_at_what_may_be_cheapest([this](const auto& which) { measure(which); });
    }
    const OpenEdit* best = cheapest();
    if (best == nullptr) return false;
    take(together_with(*best));
    ++steps_;
    return true;
  }

  [[nodiscard]] const Plan& plan() const { return result_.plan; }
  [[nodiscard]] bool reached() const { return problem_.ratio_of(result_.plan) >= problem_.target; }
  [[nodiscard]] SearchResult finish(SearchOutcome outcome) && {
    result_.outcome = outcome;
    return std::move(result_);
  }

 private:
  static constexpr std::size_t measured_together = 4;  // edits, of which the first is the most likely one

  void begin_step(const std::vector<Edit>& edits) {
    open_.clear();
    for (const Edit& edit : edits) {
      const auto known = std::ranges::find(stale_, edit, &StaleEdit::edit);
      const bool of_use = known != stale_.end() && std::isfinite(known->added);
      open_.push_back({edit, of_use ? std::optional(known->added) : std::nullopt});
    }
  }

  [[nodiscard]] bool screens() const { return options_.screen < 1 && problem_.estimates; }

  template <class Look>
  void look_at_what_may_be_cheapest(Look look) {
    const bool full = options_.full_step_every > 0 ? steps_ % options_.full_step_every == 0 : steps_ == 0;
    std::vector<std::size_t> next;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (full || !open_[i].added || is_near(open_[i].edit)) next.push_back(i);
    }
    if (next.empty()) next = promising(nullptr);
    for (; !next.empty(); next = promising(cheapest())) look(next);
  }

  /// Edits that were not looked at and may be cheaper than the best so far, or as cheap and before it: the most likely
  /// ones.
  [[nodiscard]] std::vector<std::size_t> promising(const OpenEdit* best) const {
    std::vector<std::pair<double, std::size_t>> found;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (open_[i].seen) continue;
      const double added = *open_[i].added;
      const double at_best = score_of(open_[i].edit, base_ + added - options_.slack * std::abs(added));
      const bool before = best == nullptr || at_best < best->score || (at_best == best->score && &open_[i] < best);
      if (before) found.emplace_back(at_best, i);
    }
    std::ranges::sort(found);
    std::vector<std::size_t> first;
    for (const auto& [at_best, i] : found) {
      if (first.size() < measured_together) first.push_back(i);
    }
    return first;
  }

  /// Whether an edit is of a block that lies next to one that was just changed.
  [[nodiscard]] bool is_near(const Edit& edit) const {
    return std::ranges::any_of(edit.changes(), [&](const BlockChoice& change) {
      return std::ranges::any_of(changed_, [&](BlockId block) {
        return std::abs(block.position - change.block.position) <= options_.neighbours;
      });
    });
  }

  /// To the end: a bound of a cost is of no use in later steps.
  void measure(const std::vector<std::size_t>& which) {
    std::vector<Plan> plans;
    for (const std::size_t i : which) plans.push_back(apply(open_[i].edit, result_.plan));
    if (!has_base_) plans.push_back(result_.plan);  // what edits add is counted from it
    const std::vector<PlanCost> costs = problem_.costs_of(plans, false);
    if (!has_base_) base_ = costs.back().value;
    has_base_ = true;
    for (std::size_t k = 0; k < which.size(); ++k) note(open_[which[k]], costs[k]);
  }

  /// On a share of the windows, with the plan itself, which tells what an edit adds there.
  void estimate(const std::vector<std::size_t>& which) {
    know_base();
    std::vector<Plan> plans;
    for (const std::size_t i : which) plans.push_back(apply(open_[i].edit, result_.plan));
    plans.push_back(result_.plan);
    const std::vector<double> estimates = problem_.estimates_of(plans, options_.screen);
    for (std::size_t k = 0; k < which.size(); ++k) {
      note_added(open_[which[k]], estimates[k] - estimates.back());
      const bool has_base = std::isfinite(base_) && std::isfinite(estimates.back());
      const double expected = has_base ? base_ + *open_[which[k]].added : estimates[k];
      open_[which[k]].score = score_of(open_[which[k]].edit, expected);
    }
  }

  void know_base() {
    if (std::exchange(has_base_, true)) return;
    const std::vector<Plan> plans{result_.plan};
    base_ = problem_.costs_of(plans, false).front().value;
  }

  /// Of what was estimated in this step, those that look cheapest. The others are out of the race.
  void measure_finalists() {
    std::vector<std::size_t> order(open_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return open_[i].score; });
    std::erase_if(order, [&](std::size_t i) { return !std::isfinite(open_[i].score); });
    for (OpenEdit& edit : open_) edit.score = OpenEdit::unknown;
    const auto most = static_cast<std::size_t>(options_.finalists);
    for (std::size_t first = 0; first < order.size() && cheapest() == nullptr; first += most) {
      const auto some = std::span(order).subspan(first, std::min(most, order.size() - first));
      measure({some.begin(), some.end()});
    }
  }

  void note(OpenEdit& edit, const PlanCost& cost) {
    edit.cost = cost;
    note_added(edit, cost.value - base_);
    if (cost.exact) edit.score = score_of(edit.edit, cost.value);
  }

  void note_added(OpenEdit& edit, double added) {
    edit.seen = true;
    edit.added = added;
    const auto known = std::ranges::find(stale_, edit.edit, &StaleEdit::edit);
    if (known != stale_.end()) {
      known->added = added;
    } else {
      stale_.push_back({edit.edit, added});
    }
  }

  /// Infinity where the cost, or what the score makes of it, is not finite.
  [[nodiscard]] double score_of(const Edit& edit, double cost) const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (!std::isfinite(cost)) return infinity;
    const double score = problem_.score ? problem_.score(cost, apply(edit, result_.plan)) : cost;
    return std::isfinite(score) ? score : infinity;
  }

  /// The first of those with the lowest score; null if none of them has a finite one.
  [[nodiscard]] const OpenEdit* cheapest() const {
    const auto best = std::ranges::min_element(open_, {}, &OpenEdit::score);
    return best != open_.end() && std::isfinite(best->score) ? &*best : nullptr;
  }

  /// The best edit, and those that may be taken with it.
  [[nodiscard]] std::vector<const OpenEdit*> together_with(const OpenEdit& best) {
    std::vector<const OpenEdit*> taken{&best};
    joint_.reset();
    if (options_.most_edits <= 1) return taken;
    std::vector<const OpenEdit*> measured;
    for (const OpenEdit& edit : open_) {
      if (&edit != &best && std::isfinite(edit.score)) measured.push_back(&edit);
    }
    std::ranges::stable_sort(measured, {}, &OpenEdit::score);
    Plan plan = apply(best.edit, result_.plan);
    for (const OpenEdit* edit : measured) {
      if (static_cast<Index>(taken.size()) >= options_.most_edits || problem_.ratio_of(plan) >= problem_.target) break;
      if (shares_a_block(edit->edit, taken)) continue;
      taken.push_back(edit);
      plan = apply(edit->edit, std::move(plan));
    }
    while (taken.size() > 1 && !explain_their_cost(taken)) taken.resize((taken.size() + 1) / 2);
    return taken;
  }

  static bool shares_a_block(const Edit& edit, const std::vector<const OpenEdit*>& others) {
    return std::ranges::any_of(others, [&](const OpenEdit* other) {
      return std::ranges::any_of(other->edit.changes(), [&](const BlockChoice& change) {
        return std::ranges::any_of(edit.changes(), [&](const BlockChoice& mine) { return mine.block == change.block; });
      });
    });
  }

  /// Whether some edits together cost about what they add one by one.
  [[nodiscard]] bool explain_their_cost(const std::vector<const OpenEdit*>& edits) {
    std::vector<Plan> plans{result_.plan};
    double added = 0, size = 0;
    for (const OpenEdit* edit : edits) {
      plans.front() = apply(edit->edit, std::move(plans.front()));
      added += *edit->added;
      size += std::abs(*edit->added);
    }
    joint_ = problem_.costs_of(plans, false).front().value;
    return *joint_ - base_ <= added + options_.tolerance * size;
  }

  void take(const std::vector<const OpenEdit*>& edits) {
    changed_.clear();
    for (std::size_t i = 0; i < edits.size(); ++i) {
      const bool last = i + 1 == edits.size(), joint = edits.size() > 1 && last;
      const double unmeasured = std::numeric_limits<double>::quiet_NaN();
      SearchStep step{.edit = edits[i]->edit, .cost = i == 0 ? edits[i]->cost->value : unmeasured};
      if (joint) step.cost = *joint_;
      if (i == 0) tell_candidates(step);
      result_.plan = apply(step.edit, std::move(result_.plan));
      step.ratio = problem_.ratio_of(result_.plan);
      for (const BlockChoice& change : step.edit.changes()) changed_.push_back(change.block);
      if (last) base_ = step.cost;
      result_.steps.push_back(std::move(step));
      if (problem_.on_step) problem_.on_step(result_.steps.back());
    }
  }

  void tell_candidates(SearchStep& step) const {
    for (const OpenEdit& edit : open_) {
      if (edit.cost) {
        step.candidates.push_back({edit.edit, *edit.cost});
      } else {
        step.assumed.push_back({edit.edit, {base_ + *edit.added, false}});
      }
    }
  }

  const LazyGreedyOptions& options_;
  const SearchProblem& problem_;
  SearchResult result_;
  std::vector<StaleEdit> stale_;
  std::vector<OpenEdit> open_;
  std::vector<BlockId> changed_;  ///< by the last step
  double base_ = 0;               ///< what the plan costs
  bool has_base_ = false;
  std::optional<double> joint_;  ///< what edits cost that are taken together
  Index steps_ = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE LazyGreedy::LazyGreedy(LazyGreedyOptions options) : options_(options) {
  const auto require = [](bool fulfilled, const char* what) {
    if (!fulfilled) throw OptionError("lazy search", what, "Omit it, or see LazyGreedyOptions");
  };
  require(options_.slack >= 0 && std::isfinite(options_.slack), "the slack must be 0 or more");
  require(options_.full_step_every >= 0, "full steps cannot come every negative number of steps");
  require(options_.neighbours >= 0, "the distance of neighbours must be 0 or more");
  require(options_.screen > 0 && options_.screen <= 1, "the share of windows must be above 0, and 1 at most");
  require(options_.finalists >= 1, "at least 1 edit is measured to the end");
  require(options_.most_edits >= 1, "a step takes 1 edit or more");
  require(options_.tolerance >= 0 && std::isfinite(options_.tolerance), "the tolerance must be 0 or more");
}

MULTIPRUNER_INLINE SearchResult LazyGreedy::walk(const EditsOf& edits_of, Plan start,
                                                 const SearchProblem& problem) const {
  detail::LazyWalk walk(options_, problem, std::move(start));
  while (!walk.reached()) {
    const std::vector<Edit> edits = edits_of(walk.plan());
    if (edits.empty()) return std::move(walk).finish(SearchOutcome::no_candidate);
    if (!walk.step(edits)) return std::move(walk).finish(SearchOutcome::no_finite_cost);
  }
  return std::move(walk).finish(SearchOutcome::reached);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
