#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner {

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
  void remove(Index row, Index column) { words_[position(row, column)] |= std::uint64_t{1} << (column % bits); }

  /// How many weights of a row, or of the matrix, are removed.
  [[nodiscard]] Index count(Index row) const {
    Index total = 0;
    for (const std::uint64_t word : row_words(row)) total += std::popcount(word);
    return total;
  }
  [[nodiscard]] Index count() const {
    Index total = 0;
    for (const std::uint64_t word : words_) total += std::popcount(word);
    return total;
  }

  /// The columns in [first, first + size) that are removed in a row, or kept in it; in order, counted from `first`.
  void removed_columns(Index row, Index first, Index size, std::vector<Index>& columns) const {
    columns.clear();
    require_range(first, size, columns_, "weight mask", "columns");
    for (Index i = 0; i < size; ++i) {
      if (removed(row, first + i)) columns.push_back(i);
    }
  }
  void kept_columns(Index row, Index first, Index size, std::vector<Index>& columns) const {
    columns.clear();
    require_range(first, size, columns_, "weight mask", "columns");
    for (Index i = 0; i < size; ++i) {
      if (!removed(row, first + i)) columns.push_back(i);
    }
  }

  /// The bits of a row, lowest column in the lowest bit; bits behind the last column are zero.
  [[nodiscard]] std::span<const std::uint64_t> row_words(Index row) const {
    require_index(row, rows_, "weight mask", "row");
    return {words_.data() + row * words_per_row_, static_cast<std::size_t>(words_per_row_)};
  }

  friend bool operator==(const WeightMask&, const WeightMask&) = default;

 private:
  static constexpr Index bits = 64;

  [[nodiscard]] std::size_t position(Index row, Index column) const {
    require_index(row, rows_, "weight mask", "row");
    require_index(column, columns_, "weight mask", "column");
    return static_cast<std::size_t>(row * words_per_row_ + column / bits);
  }
  [[nodiscard]] std::uint64_t word(Index row, Index column) const { return words_[position(row, column)]; }

  OwnedSize rows_, columns_, words_per_row_;
  std::vector<std::uint64_t> words_;
};

/// @throws OptionError unless a mask is of the shape of the weights.
inline void require_mask(const WeightMatrix& weights, const WeightMask& mask) {
  if (mask.rows() == weights.rows() && mask.columns() == weights.cols()) return;
  throw OptionError("weight mask",
                    "it is " + std::to_string(mask.rows()) + " × " + std::to_string(mask.columns()) +
                        ", and the weights are " + std::to_string(weights.rows()) + " × " +
                        std::to_string(weights.cols()),
                    "Give a mask of these weights");
}

/// Sets the removed weights to zero. @throws OptionError where the mask has another shape.
inline void remove_masked(WeightMatrix& weights, const WeightMask& mask) {
  require_mask(weights, mask);
  parallel_for(weights.rows(), [&](Index row) {
    for (Index j = 0; j < weights.cols(); ++j) {
      if (mask.removed(row, j)) weights(row, j) = 0;
    }
  });
}

}  // namespace multipruner
