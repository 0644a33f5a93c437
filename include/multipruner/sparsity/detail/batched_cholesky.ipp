// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/sparsity/detail/batched_cholesky.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void BatchedCholesky::reset(Index size) {
  size_ = (size + tile - 1) / tile * tile;
  matrix_.assign(static_cast<std::size_t>(size_ * size_), Lanes::Zero());
  values_.assign(static_cast<std::size_t>(size_), Lanes::Zero());
  inverse_pivots_.resize(static_cast<std::size_t>(size_));
  for (Index i = 0; i < size_; ++i) at(i, i).setOnes();
  failed_.fill(false);
}

MULTIPRUNER_INLINE void BatchedCholesky::solve(double smallest_pivot) {
  for (Index column = 0; column < size_; column += tile) {
    for (Index row = column; row < size_; row += tile) finish_tile(row, column, smallest_pivot);
  }
  substitute();
}

MULTIPRUNER_INLINE void BatchedCholesky::finish_tile(Index row, Index column, double smallest_pivot) {
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

MULTIPRUNER_INLINE void BatchedCholesky::factor_diagonal(Tile& sums, Index first, double smallest_pivot) {
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

MULTIPRUNER_INLINE void BatchedCholesky::substitute() {
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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
