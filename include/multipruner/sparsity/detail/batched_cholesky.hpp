#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <multipruner/core/types.hpp>

namespace multipruner::detail {

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
  void reset(Index size) {
    size_ = (size + tile - 1) / tile * tile;
    matrix_.assign(static_cast<std::size_t>(size_ * size_), Lanes::Zero());
    values_.assign(static_cast<std::size_t>(size_), Lanes::Zero());
    inverse_pivots_.resize(static_cast<std::size_t>(size_));
    for (Index i = 0; i < size_; ++i) at(i, i).setOnes();
    failed_.fill(false);
  }

  /// An entry of the lower triangle of the system in a lane.
  [[nodiscard]] double& entry(Index i, Index j, Index lane) { return at(i, j)(lane); }
  /// An entry of the right-hand side, and after `solve` of the solution.
  [[nodiscard]] double& value(Index i, Index lane) { return values_[static_cast<std::size_t>(i)](lane); }
  /// Whether the lane's system had a pivot that is too small; its solution means nothing then.
  [[nodiscard]] bool failed(Index lane) const { return failed_[static_cast<std::size_t>(lane)]; }

  /// Solves all systems.
  /// @param smallest_pivot relative to the diagonal entry that a pivot came from
  void solve(double smallest_pivot) {
    for (Index column = 0; column < size_; column += tile) {
      for (Index row = column; row < size_; row += tile) finish_tile(row, column, smallest_pivot);
    }
    substitute();
  }

 private:
  static constexpr Index tile = 4;  // tile² accumulators stay in registers

  using Tile = std::array<std::array<Lanes, tile>, tile>;

  [[nodiscard]] Lanes& at(Index i, Index j) { return matrix_[static_cast<std::size_t>(i * size_ + j)]; }

  /// The factor's entries of one tile; those to the left and above are done.
  void finish_tile(Index row, Index column, double smallest_pivot) {
    Tile sums;
    for (std::size_t a = 0; a < tile; ++a) {
      for (std::size_t b = 0; b < tile; ++b) sums[a][b] = at(row + Index(a), column + Index(b));
    }
    const Lanes* const left = &at(row, 0);
    const Lanes* const above = &at(column, 0);
    for (Index k = 0; k < column; ++k) {
      for (std::size_t a = 0; a < tile; ++a) {
        for (std::size_t b = 0; b < tile; ++b) {
          sums[a][b] -= left[Index(a) * size_ + k] * above[Index(b) * size_ + k];
        }
      }
    }
    if (row == column) {
      factor_diagonal(sums, column, smallest_pivot);
    } else {
      for (std::size_t b = 0; b < tile; ++b) {
        for (std::size_t a = 0; a < tile; ++a) {
          for (std::size_t k = 0; k < b; ++k) sums[a][b] -= sums[a][k] * at(column + Index(b), column + Index(k));
          sums[a][b] *= inverse_pivots_[static_cast<std::size_t>(column) + b];
        }
      }
    }
    for (std::size_t a = 0; a < tile; ++a) {
      for (std::size_t b = 0; b < tile; ++b) at(row + Index(a), column + Index(b)) = sums[a][b];
    }
  }

  void factor_diagonal(Tile& sums, Index first, double smallest_pivot) {
    for (std::size_t b = 0; b < tile; ++b) {
      Lanes pivot = sums[b][b];
      for (std::size_t k = 0; k < b; ++k) pivot -= sums[b][k] * sums[b][k];
      const Lanes smallest = smallest_pivot * at(first + Index(b), first + Index(b));
      for (Index lane = 0; lane < lanes; ++lane) {
        if (pivot(lane) > 0 && pivot(lane) >= smallest(lane)) continue;
        failed_[static_cast<std::size_t>(lane)] = true;
        pivot(lane) = 1;  // lets the other lanes go on without NaN
      }
      sums[b][b] = pivot.sqrt();
      const Lanes inverse = sums[b][b].inverse();
      inverse_pivots_[static_cast<std::size_t>(first) + b] = inverse;
      for (std::size_t a = b + 1; a < tile; ++a) {
        for (std::size_t k = 0; k < b; ++k) sums[a][b] -= sums[a][k] * sums[b][k];
        sums[a][b] *= inverse;
      }
    }
  }

  void substitute() {
    for (Index i = 0; i < size_; ++i) {
      Lanes sum = values_[static_cast<std::size_t>(i)];
      const Lanes* const row = &at(i, 0);
      for (Index k = 0; k < i; ++k) sum -= row[k] * values_[static_cast<std::size_t>(k)];
      values_[static_cast<std::size_t>(i)] = sum * inverse_pivots_[static_cast<std::size_t>(i)];
    }
    for (Index i = size_ - 1; i >= 0; --i) {
      const Lanes value = values_[static_cast<std::size_t>(i)] * inverse_pivots_[static_cast<std::size_t>(i)];
      values_[static_cast<std::size_t>(i)] = value;
      const Lanes* const row = &at(i, 0);
      for (Index k = 0; k < i; ++k) values_[static_cast<std::size_t>(k)] -= row[k] * value;
    }
  }

  Index size_ = 0;
  std::vector<Lanes> matrix_;  // rows of the lower triangles; above them is zero or rubbish
  std::vector<Lanes> values_;
  std::vector<Lanes> inverse_pivots_;
  std::array<bool, lanes> failed_{};
};

}  // namespace multipruner::detail
