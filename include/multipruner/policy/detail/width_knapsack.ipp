// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include <multipruner/policy/detail/width_knapsack.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::vector<double> interpolated(std::span<const Index> measured, std::span<const double> added) {
  std::vector<double> levels{added.front()};
  for (std::size_t i = 1; i < measured.size(); ++i) {
    const Index from = measured[i - 1], to = measured[i];
    for (Index level = from + 1; level <= to; ++level) {
      const double share = static_cast<double>(level - from) / static_cast<double>(to - from);
      levels.push_back(level == to ? added[i] : added[i - 1] + share * (added[i] - added[i - 1]));
    }
  }
  return levels;
}

/// Parameters, counted in parts.
struct CountedParts {
  static constexpr Index most = 10000;

  Index part = 1;          ///< parameters
  std::size_t needed = 0;  ///< parts
  std::size_t top = 0;     ///< of the most that may be removed
  bool may_pass = false;   ///< more may be removed nevertheless, which then counts as that
};

/// As the declared one of dynamic programming.
inline std::optional<Genome> cheapest_levels(std::span<const std::vector<WidthLevel>> genes,
                                             const CountedParts& count) {
  struct Origin {
    std::uint32_t level = 0, parts = 0;
  };
  std::vector<std::vector<Origin>> origins;  // of the best way to have removed so many parts, after each gene
  std::vector<double> best(count.top + 1, std::numeric_limits<double>::infinity());
  best[0] = 0;
  for (const std::vector<WidthLevel>& levels : genes) {
    std::vector<double> next(count.top + 1, std::numeric_limits<double>::infinity());
    std::vector<Origin>& origin = origins.emplace_back(count.top + 1);
    for (std::size_t level = 0; level < levels.size(); ++level) {
      const auto removed = static_cast<std::size_t>(levels[level].removed / count.part);
      if (!std::isfinite(levels[level].added)) continue;
      for (std::size_t from = 0; from <= count.top; ++from) {
        if (!count.may_pass && from + removed > count.top) break;
        const std::size_t to = std::min(from + removed, count.top);
        const double cost = best[from] + levels[level].added;
        if (!(cost < next[to])) continue;
        next[to] = cost;
        origin[to] = {static_cast<std::uint32_t>(level), static_cast<std::uint32_t>(from)};
      }
    }
    best = std::move(next);
  }
  std::size_t at = count.needed;
  for (std::size_t parts = count.needed; parts <= count.top; ++parts) {
    if (best[parts] < best[at]) at = parts;
  }
  if (!std::isfinite(best[at])) return std::nullopt;
  Genome genome(genes.size());
  for (std::size_t gene = genes.size(); gene-- > 0;) {
    genome[gene] = static_cast<Index>(origins[gene][at].level);
    at = origins[gene][at].parts;
  }
  return genome;
}

/// Parameters in parts, rounded up.
inline std::size_t parts_of(Index parameters, Index part) {
  return static_cast<std::size_t>((std::max<Index>(parameters, 0) + part - 1) / part);
}

MULTIPRUNER_INLINE std::optional<Genome> cheapest_levels(std::span<const std::vector<WidthLevel>> genes, Index needed) {
  const Index part = std::max<Index>((needed + CountedParts::most - 1) / CountedParts::most, 1);
  const std::size_t parts = parts_of(needed, part);
  return cheapest_levels(genes, CountedParts{part, parts, parts, true});
}

MULTIPRUNER_INLINE std::optional<Genome> cheapest_levels(std::span<const std::vector<WidthLevel>> genes, Index needed,
                                                         Index most) {
  if (most < std::max<Index>(needed, 0)) return std::nullopt;
  Index common = 0;
  for (const std::vector<WidthLevel>& levels : genes) {
    for (const WidthLevel& level : levels) common = std::gcd(common, level.removed);
  }
  const Index part = std::max({(most + CountedParts::most - 1) / CountedParts::most, common, Index{1}});
  const CountedParts count{part, parts_of(needed, part), static_cast<std::size_t>(most / part)};
  return count.needed <= count.top ? cheapest_levels(genes, count) : std::nullopt;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
