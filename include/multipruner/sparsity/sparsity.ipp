// SPDX-License-Identifier: MIT
#pragma once

#include <utility>
#include <variant>

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/sparsity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE WeightMask zeros_of(const WeightView& weight) {
  WeightMask mask(weight.rows, weight.columns);
  weight.visit([&](const auto matrix) {
    parallel_for(matrix.rows, [&](Index row) {
      for (Index j = 0; j < matrix.columns; ++j) {
        if (to_float(matrix.row(row)[j]) == 0) mask.remove(row, j);
      }
    });
  });
  return mask;
}

MULTIPRUNER_INLINE double sparsity(const WeightMask& mask) {
  const Index size = mask.rows() * mask.columns();
  return size == 0 ? 0 : 100 * static_cast<double>(mask.count()) / static_cast<double>(size);
}

MULTIPRUNER_INLINE double sparsity(const WeightView& weight) {
  return sparsity(zeros_of(weight));
}

MULTIPRUNER_INLINE bool satisfies(const WeightMask& mask, const SparsityPattern& pattern) {
  if (const auto* unstructured = std::get_if<Unstructured>(&pattern)) {
    return mask.count() + mask.rows() >= removed_count(*unstructured, mask.rows() * mask.columns());
  }
  const auto [removed, group] = std::get<NOfM>(pattern);
  if (group < 1 || mask.columns() % group != 0) return false;
  for (Index row = 0; row < mask.rows(); ++row) {
    for (Index begin = 0; begin < mask.columns(); begin += group) {
      Index count = 0;
      for (Index j = begin; j < begin + group; ++j) count += mask.removed(row, j) ? 1 : 0;
      if (count < removed) return false;
    }
  }
  return true;
}

MULTIPRUNER_INLINE bool satisfies(const WeightView& weight, const SparsityPattern& pattern) {
  return satisfies(zeros_of(weight), pattern);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
