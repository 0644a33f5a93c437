// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Small symmetric positive definite systems, several at a time: one in each lane of a vector register, because a
/// factorisation of some dozen rows is too small to fill registers on its own. Each lane has the bits that it would
/// have alone.
///
/// Smaller systems are the upper left corner of the identity, which changes nothing about them.
class BatchedCholesky {
 public:
  static constexpr Index lanes = 8;
  using Lanes = Eigen::Array<double, lanes, 1>;

  /// The identity in all lanes, and right-hand sides of zero.
  void reset(Index size);

  /// An entry of the lower triangle of the system in a lane.
  [[nodiscard]] double& entry(Index i, Index j, Index lane) { return at(i, j)(lane); }
  /// An entry of the right-hand side, and after `solve` of the solution.
  [[nodiscard]] double& value(Index i, Index lane) { return values_[static_cast<std::size_t>(i)](lane); }
  /// Whether the lane's system had a pivot that is too small; its solution means nothing then.
  [[nodiscard]] bool failed(Index lane) const { return failed_[static_cast<std::size_t>(lane)]; }

  /// Solves all systems.
  /// @param smallest_pivot relative to the diagonal entry that a pivot came from
  void solve(double smallest_pivot);

 private:
  static constexpr Index tile = 4;  // tile² accumulators stay in registers

  using Tile = std::array<std::array<Lanes, tile>, tile>;

  [[nodiscard]] Lanes& at(Index i, Index j) { return matrix_[static_cast<std::size_t>(i * size_ + j)]; }

  /// The factor's entries of one tile; those to the left and above are done.
  void finish_tile(Index row, Index column, double smallest_pivot);

  void factor_diagonal(Tile& sums, Index first, double smallest_pivot);

  void substitute();

  Index size_ = 0;
  std::vector<Lanes> matrix_;  // rows of the lower triangles; above them is zero or rubbish
  std::vector<Lanes> values_;
  std::vector<Lanes> inverse_pivots_;
  std::array<bool, lanes> failed_{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/batched_cholesky.ipp>
#endif
