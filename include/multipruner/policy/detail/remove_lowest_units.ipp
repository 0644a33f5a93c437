// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

#include <multipruner/importance/detail/require_scores.hpp>
#include <multipruner/policy/detail/narrowing.hpp>
#include <multipruner/policy/detail/remove_lowest_units.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Scores of all axes of a model, made comparable.
class ComparableScores {
 public:
  ComparableScores(const Graph& graph, ScoreScale scale, std::string_view metric, const UnitScores& scores)
      : graph_(graph), scale_(scale), metric_(metric), scores_(scores) {}

  /// The mean score of the units that are taken away.
  [[nodiscard]] double of(const Narrowing& narrowing) {
    const auto& [axis, from, to] = narrowing;
    const std::vector<double>& scores = along(axis);
    const Index unit = graph_.unit_width(axis);
    const auto first = scores.begin() + to / unit, last = scores.begin() + from / unit;
    return std::accumulate(first, last, 0.0) / static_cast<double>(last - first);
  }

 private:
  const std::vector<double>& along(BlockAxis axis) {
    const std::pair<Index, std::size_t> key{axis.block.position, axis.axis};
    const auto known = known_.find(key);
    return known != known_.end() ? known->second : known_.emplace(key, scaled(axis)).first->second;
  }

  [[nodiscard]] std::vector<double> scaled(BlockAxis axis) const {
    std::vector<double> scores = scores_(axis);
    graph_.release(axis.block);
    require_scores(graph_, axis, metric_, scores);
    if (scale_ == ScoreScale::none) return scores;
    const auto count = static_cast<double>(scores.size());
    const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
    double squares = 0;
    for (const double score : scores) squares += (score - mean) * (score - mean);
    const double deviation = std::sqrt(squares / std::max(count - 1, 1.0));
    const bool standard = scale_ == ScoreScale::standard;
    const double by = standard ? deviation : mean;
    for (double& score : scores) score = (standard ? score - mean : score) / (by > 0 ? by : 1);
    return scores;
  }

  const Graph& graph_;
  ScoreScale scale_;
  std::string_view metric_;
  const UnitScores& scores_;
  std::map<std::pair<Index, std::size_t>, std::vector<double>> known_;
};

MULTIPRUNER_INLINE PruningResult remove_lowest_units(const RunContext& context, const OneShotOptions& options,
                                                     std::string_view metric, const UnitScores& scores) {
  ComparableScores comparable(context.graph, options.scale, metric, scores);
  return narrow_by(context, options, [&](const Narrowing& narrowing, const Plan&) { return comparable.of(narrowing); });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
