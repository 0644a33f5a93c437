// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/depth.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/pack_panel.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Rows of a weight that will be packed next, asked for a little with every k of a product, so that they have come from
/// memory when it ends: short runs, which no processor foresees.
template <class Scalar>
class ComingRows {
 public:
  explicit ComingRows(MatrixView<const Scalar> rows)
      : first_(reinterpret_cast<const std::byte*>(rows.data)),
        stride_(static_cast<std::size_t>(rows.stride) * sizeof(Scalar)),
        last_(static_cast<std::size_t>(rows.rows - 1)) {}

  [[gnu::always_inline]] void ask_for_some(std::size_t k) const {
    constexpr std::size_t most = tile_columns, bytes = most * sizeof(Scalar), line = 64;
    const std::byte* const row = first_ + std::min(k % most, last_) * stride_;
    for (std::size_t i = 0; i < bytes; i += line) __builtin_prefetch(row + k / most * bytes + i);
  }

 private:
  const std::byte* first_;
  std::size_t stride_, last_;
};

/// A block of k of a weight in panels of tile_columns rows each, packed one after the other.
template <class Scalar>
class PackedPanels {
 public:
  /// @param memory  count(weight) · depth_of_block(weight.columns) · tile_columns floats
  PackedPanels(MatrixView<const Scalar> weight, Index k, Index depth, float* memory)
      : weight_(weight),
        k_(k),
        depth_(depth),
        panel_size_(depth_of_block(weight.columns) * tile_columns),
        memory_(memory) {}

  [[nodiscard]] static Index count(MatrixView<const Scalar> weight) { return ceil_divide(weight.rows, tile_columns); }
  [[nodiscard]] Index count() const { return count(weight_); }

  void pack(Index panel) const { pack_panel(rows(panel, k_), at(panel)); }

  /// For micro_kernel.
  [[nodiscard]] auto batches(Index panel) const { return in_panel(at(panel)); }

  /// The same, and asks for what is packed next.
  [[nodiscard]] auto batches_before_next(Index panel) const {
    const Index next_k = k_ + depth_ < weight_.columns ? k_ + depth_ : k_;
    const ComingRows<Scalar> next(panel + 1 < count() ? rows(panel + 1, k_) : rows(0, next_k));
    return [ load = batches(panel), next ](Index k, Index j) __attribute__((always_inline)) {
      if (j == 0) next.ask_for_some(static_cast<std::size_t>(k));
      return load(k, j);
    };
  }

 private:
  [[nodiscard]] MatrixView<const Scalar> rows(Index panel, Index k) const {
    const Index first = panel * tile_columns;
    return weight_.row_range(first, std::min(tile_columns, weight_.rows - first))
        .column_range(k, std::min(depth_, weight_.columns - k));
  }
  [[nodiscard]] float* at(Index panel) const { return memory_ + panel * panel_size_; }

  MatrixView<const Scalar> weight_;
  Index k_, depth_, panel_size_;
  float* memory_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
