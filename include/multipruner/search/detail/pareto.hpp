// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/evaluated_genome.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether `a` is as good as `b` in every objective and better in one. What is not finite dominates nothing, and is
/// dominated by all that is finite.
[[nodiscard]] bool dominates(std::span<const double> a, std::span<const double> b);

/// Places of the points that no other one dominates; then of those that only these do; and so on. Each in ascending
/// order.
[[nodiscard]] std::vector<std::vector<std::size_t>> pareto_fronts(std::span<const Objectives> points);

/// How far the neighbours of each point of a front are apart: the sum over all objectives of the distance between those
/// before and behind it, as a share of the whole range. Infinite for the ends of every objective; an objective in which
/// all points are alike says nothing. @returns one value a point, in the order of `front`
[[nodiscard]] std::vector<double> crowding_distances(std::span<const Objectives> points,
                                                     std::span<const std::size_t> front);

/// The points of a front of all, as far as they are known.
class ParetoArchive {
 public:
  /// @param points  of which `added` is the last one
  void add(std::span<const EvaluatedGenome> points, std::size_t added);

  /// In ascending order.
  [[nodiscard]] const std::vector<std::size_t>& front() const { return front_; }

 private:
  std::vector<std::size_t> front_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/pareto.ipp>
#endif
