// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/allocation_run.hpp>
#include <multipruner/policy/detail/level_switch.hpp>
#include <multipruner/policy/detail/width_knapsack.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError for settings of the search that cannot work
inline const AllocationOptions& checked_search(const AllocationOptions& options) {
  const auto require_one = [](const char* name, Index value) {
    if (value < 1) throw OptionError(name, std::to_string(value) + " is less than 1", "Use 1 or more");
  };
  require_one("levels", options.levels);
  require_one("evaluations", options.evaluations);
  require_one("step", options.step);
  require_one("offspring", options.offspring);
  require_one("finalists", options.finalists);
  require_one("rounds", options.rounds);
  if (!(options.screen > 0 && options.screen <= 1)) {
    throw OptionError("screen", std::to_string(options.screen) + " is no share of the windows",
                      "Use more than 0, and 1 at most");
  }
  return options;
}

MULTIPRUNER_INLINE AllocationRun::AllocationRun(const RunContext& context, const AllocationOptions& options)
    : options_(checked_search(options)),
      run_(context, narrowing_in(options), options.depth_share),
      random_(context.seed) {}

MULTIPRUNER_INLINE PruningResult AllocationRun::finish() && {
  run_.begin_widths();
  if (run_.is_open()) {
    begin();
    improve();
  }
  return run_.finish("widths");
}

/// Levels that are spread evenly from 0 to the most groups.
inline std::vector<Index> even_levels(Index most, Index levels) {
  const Index number = std::min(levels, most);
  std::vector<Index> even;
  for (Index level = 0; level <= number; ++level) even.push_back((level * most + number / 2) / number);
  return even;
}

/// What is not finite is worse than all else.
inline double finite_or_worst(double cost) {
  return std::isfinite(cost) ? cost : std::numeric_limits<double>::infinity();
}

MULTIPRUNER_INLINE void AllocationRun::begin() {
  const WidthTable table(run_.genes(), [this](Index most) { return even_levels(most, options_.levels); });
  run_.expect(static_cast<double>(static_cast<Index>(table.genomes().size()) + 2 + options_.evaluations));
  levels_ = run_.levels_of(table);
  std::vector<Genome> starts{plan_of_sums()};
  // Where single groups do not lead to the target, what is just above it is as good.
  run_.widen_band_to(run_.genes().ratio_of(starts.front()));
  starts.push_back(into_band(uniform_genome(run_.genes(), options_.ratio), run_.genes(), run_.band(), random_));
  run_.begin("widths, the first plans");
  const std::vector<double> costs = run_.costs_of(starts);
  const bool uniform_is_better =
      finite_or_worst(costs[1]) < finite_or_worst(costs[0]) && run_.band().contains(run_.genes().ratio_of(starts[1]));
  parent_ = starts[uniform_is_better ? 1 : 0];
  cost_ = finite_or_worst(costs[uniform_is_better ? 1 : 0]);
}

MULTIPRUNER_INLINE Genome AllocationRun::plan_of_sums() {
  const RatioBand& band = run_.band();
  const Index needed = run_.parameters_to(band.lowest);
  std::optional<Genome> found = cheapest_levels(levels_, needed, run_.parameters_to(band.highest) - 1);
  if (!found) found = cheapest_levels(levels_, needed);  // no levels are on target
  if (!found) found = uniform_genome(run_.genes(), options_.ratio);
  return into_band(*std::move(found), run_.genes(), band, random_);
}

MULTIPRUNER_INLINE void AllocationRun::improve() {
  Index failed = 0, round = 0;
  for (Index step = options_.step; step >= 1;) {
    const Index number = affordable_offspring();
    if (number < 1) return;
    std::vector<Genome> genomes = offspring(step, number);
    run_.begin("widths, round " + std::to_string(++round) + ", " + std::to_string(step) +
               (step == 1 ? " group" : " groups"));
    const bool exhausted = genomes.empty();
    if (take_better_of(std::move(genomes))) {
      failed = 0;
    } else if (exhausted || ++failed == options_.rounds) {
      step /= 2;
      failed = 0;
    }
  }
}

/// So many, rounded down and at most `most`, of something that costs so much each.
inline Index affordable(double budget, double each, Index most) {
  const double number = std::floor(budget / each + 1e-9);  // sums of shares are rounded
  return static_cast<Index>(std::min(number, static_cast<double>(most)));
}

MULTIPRUNER_INLINE Index AllocationRun::affordable_offspring() const {
  return affordable(left() - (1 - options_.screen), options_.screen, options_.offspring);
}

MULTIPRUNER_INLINE std::vector<Genome> AllocationRun::offspring(Index step, Index number) {
  constexpr Index draws_of_one = 8;
  std::vector<Genome> found;
  for (Index draw = 0; draw < draws_of_one * number; ++draw) {
    std::optional<Genome> genome = switched(parent_, run_.genes(), run_.band(), step, random_);
    if (!genome || std::ranges::find(found, *genome) != found.end()) continue;
    const auto compared = compared_.find(*genome);
    if (compared == compared_.end() || compared->second < parents_) found.push_back(*std::move(genome));
  }
  const auto wanted = std::min(static_cast<std::size_t>(number), found.size());
  std::vector<std::size_t> order(found.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<double> sums;
  for (const Genome& genome : found) sums.push_back(predicted(genome));
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return sums[i]; });
  std::ranges::sort(order.begin() + static_cast<std::ptrdiff_t>((wanted + 1) / 2), order.end());
  std::vector<Genome> chosen;
  for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(std::move(found[order[i]]));
  return chosen;
}

MULTIPRUNER_INLINE double AllocationRun::predicted(const Genome& genome) const {
  double sum = 0;
  for (std::size_t gene = 0; gene < genome.size(); ++gene) {
    sum += levels_[gene][static_cast<std::size_t>(genome[gene])].added;
  }
  return finite_or_worst(sum);
}

MULTIPRUNER_INLINE bool AllocationRun::take_better_of(std::vector<Genome> genomes) {
  const bool screens = options_.screen < 1 && static_cast<Index>(genomes.size()) > options_.finalists;
  if (screens) genomes = finalists_of(std::move(genomes));
  const double each = screens ? 1 - options_.screen : 1;
  const Index number = affordable(left(), each, static_cast<Index>(genomes.size()));
  genomes.resize(static_cast<std::size_t>(number));
  spent_ += each * static_cast<double>(number);
  const std::vector<double> costs = run_.costs_of(genomes, each);
  bool is_better = false;
  for (std::size_t i = 0; i < genomes.size(); ++i) {
    compared_[genomes[i]] = for_good;
    const double cost = finite_or_worst(costs[i]);
    if (cost >= cost_) continue;
    is_better = true;
    parent_ = genomes[i];
    cost_ = cost;
  }
  parents_ += is_better ? 1 : 0;
  return is_better;
}

MULTIPRUNER_INLINE std::vector<Genome> AllocationRun::finalists_of(std::vector<Genome> genomes) {
  Index unknown = 0;
  for (const Genome& genome : genomes) unknown += compared_.insert_or_assign(genome, parents_).second ? 1 : 0;
  const double work = options_.screen * static_cast<double>(unknown);  // what is known from a former parent is none
  spent_ += work;
  genomes.push_back(parent_);
  const std::vector<double> estimates = run_.estimates_of(genomes, options_.screen);
  run_.report_more(work);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i + 1 < genomes.size(); ++i) {
    if (std::isfinite(estimates[i])) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return estimates[i]; });
  const double of_parent = finite_or_worst(estimates.back());
  std::vector<Genome> finalists;
  for (const std::size_t i : order) {
    const bool is_promising = finalists.empty() || estimates[i] < of_parent;
    if (is_promising && static_cast<Index>(finalists.size()) < options_.finalists) {
      finalists.push_back(std::move(genomes[i]));
    }
  }
  return finalists;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
