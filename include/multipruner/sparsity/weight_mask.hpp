// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Which weights of a matrix (out × in) are removed: one bit each. Rows begin in words of their own, so that several
/// threads can write to different rows.
class WeightMask {
 public:
  WeightMask() = default;

  /// Nothing is removed yet. @throws OptionError for sizes that are negative or more than any memory.
  WeightMask(Index rows, Index columns)
      : rows_(rows),
        columns_(columns),
        words_per_row_(sum_of_sizes("weight mask", columns, bits - 1) / bits),
        words_(static_cast<std::size_t>(product_of_sizes("weight mask", {rows, words_per_row_, bits})) / bits) {}

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index columns() const { return columns_; }

  /// Whether a weight is removed. @throws OptionError for one that the matrix does not have, as all that asks for
  /// places.
  [[nodiscard]] bool removed(Index row, Index column) const { return (word(row, column) >> (column % bits) & 1) != 0; }
  void remove(Index row, Index column) {
    std::uint64_t& word = words_[position(row, column)];  // checked before anything is shifted by the column
    word |= std::uint64_t{1} << (column % bits);
  }

  /// How many weights of a row, or of the matrix, are removed.
  [[nodiscard]] Index count(Index row) const;
  [[nodiscard]] Index count() const;

  /// The columns in [first, first + size) that are removed in a row, or kept in it; in order, counted from `first`.
  void removed_columns(Index row, Index first, Index size, std::vector<Index>& columns) const;
  void kept_columns(Index row, Index first, Index size, std::vector<Index>& columns) const;

  /// The bits of a row, lowest column in the lowest bit; bits behind the last column are zero.
  [[nodiscard]] std::span<const std::uint64_t> row_words(Index row) const;

  friend bool operator==(const WeightMask&, const WeightMask&) = default;

 private:
  static constexpr Index bits = 64;

  [[nodiscard]] std::size_t position(Index row, Index column) const;
  [[nodiscard]] std::uint64_t word(Index row, Index column) const { return words_[position(row, column)]; }

  OwnedSize rows_, columns_, words_per_row_;
  std::vector<std::uint64_t> words_;
};

/// @throws OptionError unless a mask is of the shape of the weights.
void require_mask(MatrixView<const double> weights, const WeightMask& mask);

/// Sets the removed weights to zero. @throws OptionError where the mask has another shape.
void remove_masked(MatrixView<double> weights, const WeightMask& mask);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/weight_mask.ipp>
#endif
