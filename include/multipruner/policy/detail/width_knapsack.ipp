// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
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

MULTIPRUNER_INLINE std::optional<Genome> cheapest_levels(std::span<const std::vector<WidthLevel>> genes, Index needed) {
  constexpr Index most_parts = 10000;
  const Index part = std::max<Index>((needed + most_parts - 1) / most_parts, 1);
  const auto parts = static_cast<std::size_t>((std::max<Index>(needed, 0) + part - 1) / part);
  struct Origin {
    std::uint32_t level = 0, parts = 0;
  };
  std::vector<std::vector<Origin>> origins;  // of the best way to have removed so many parts, after each gene
  std::vector<double> best(parts + 1, std::numeric_limits<double>::infinity());
  best[0] = 0;
  for (const std::vector<WidthLevel>& levels : genes) {
    std::vector<double> next(parts + 1, std::numeric_limits<double>::infinity());
    std::vector<Origin>& origin = origins.emplace_back(parts + 1);
    for (std::size_t level = 0; level < levels.size(); ++level) {
      const auto removed = static_cast<std::size_t>(levels[level].removed / part);
      if (!std::isfinite(levels[level].added)) continue;
      for (std::size_t from = 0; from <= parts; ++from) {
        const std::size_t to = std::min(from + removed, parts);
        const double cost = best[from] + levels[level].added;
        if (!(cost < next[to])) continue;
        next[to] = cost;
        origin[to] = {static_cast<std::uint32_t>(level), static_cast<std::uint32_t>(from)};
      }
    }
    best = std::move(next);
  }
  if (!std::isfinite(best[parts])) return std::nullopt;
  Genome genome(genes.size());
  std::size_t at = parts;
  for (std::size_t gene = genes.size(); gene-- > 0;) {
    genome[gene] = static_cast<Index>(origins[gene][at].level);
    at = origins[gene][at].parts;
  }
  return genome;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
