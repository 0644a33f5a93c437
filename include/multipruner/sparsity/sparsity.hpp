#pragma once

#include <variant>

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner {

/// The zeros of a stored weight, as a mask.
[[nodiscard]] inline WeightMask zeros_of(const WeightView& weight) {
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

/// Percent of the weights that are removed; 0 for a matrix without weights.
[[nodiscard]] inline double sparsity(const WeightMask& mask) {
  const Index size = mask.rows() * mask.columns();
  return size == 0 ? 0 : 100 * static_cast<double>(mask.count()) / static_cast<double>(size);
}

/// Percent of the weights that are zero.
[[nodiscard]] inline double sparsity(const WeightView& weight) {
  return sparsity(zeros_of(weight));
}

/// Whether enough is removed. Groups: of every group at least N, and the groups divide the columns. Unstructured: the
/// ratio over the whole matrix, less one weight of each row, because numbers of weights are rounded down.
[[nodiscard]] inline bool satisfies(const WeightMask& mask, const SparsityPattern& pattern) {
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

/// Whether enough weights are zero.
[[nodiscard]] inline bool satisfies(const WeightView& weight, const SparsityPattern& pattern) {
  return satisfies(zeros_of(weight), pattern);
}

}  // namespace multipruner
