// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <multipruner/search/detail/pareto.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline bool all_are_finite(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

MULTIPRUNER_INLINE bool dominates(std::span<const double> a, std::span<const double> b) {
  if (!all_are_finite(a)) return false;
  if (!all_are_finite(b)) return true;
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

MULTIPRUNER_INLINE std::vector<std::vector<std::size_t>> pareto_fronts(std::span<const Objectives> points) {
  std::vector<std::vector<std::size_t>> dominated(points.size());  // by each point
  std::vector<std::size_t> dominators(points.size(), 0);           // that are in no front yet
  for (std::size_t a = 0; a < points.size(); ++a) {
    for (std::size_t b = 0; b < points.size(); ++b) {
      if (!dominates(points[a], points[b])) continue;
      dominated[a].push_back(b);
      ++dominators[b];
    }
  }
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (dominators[i] == 0) front.push_back(i);
  }
  std::vector<std::vector<std::size_t>> fronts;
  while (!front.empty()) {
    std::vector<std::size_t> next;
    for (const std::size_t a : front) {
      for (const std::size_t b : dominated[a]) {
        if (--dominators[b] == 0) next.push_back(b);
      }
    }
    std::ranges::sort(next);
    fronts.push_back(std::exchange(front, std::move(next)));
  }
  return fronts;
}

MULTIPRUNER_INLINE std::vector<double> crowding_distances(std::span<const Objectives> points,
                                                          std::span<const std::size_t> front) {
  std::vector<double> distances(front.size(), 0.0);
  if (front.empty() || !all_are_finite(points[front.front()])) return distances;  // then none of the front is
  std::vector<std::size_t> order(front.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t objective = 0; objective < points[front.front()].size(); ++objective) {
    const auto value = [&](std::size_t i) { return points[front[i]][objective]; };
    std::ranges::stable_sort(order, {}, value);
    const double range = value(order.back()) - value(order.front());
    if (range == 0) continue;
    distances[order.front()] = distances[order.back()] = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i + 1 < order.size(); ++i) {
      distances[order[i]] += (value(order[i + 1]) - value(order[i - 1])) / range;
    }
  }
  return distances;
}

MULTIPRUNER_INLINE void ParetoArchive::add(std::span<const EvaluatedGenome> points, std::size_t added) {
  const Objectives& objectives = points[added].objectives;
  if (!all_are_finite(objectives)) return;
  const auto beats_it = [&](std::size_t i) { return dominates(points[i].objectives, objectives); };
  if (std::ranges::any_of(front_, beats_it)) return;
  std::erase_if(front_, [&](std::size_t i) { return dominates(objectives, points[i].objectives); });
  front_.push_back(added);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
