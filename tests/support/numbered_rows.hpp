// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/types.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::test {

/// The entry that stands for a channel of a token; tokens have different numbers.
inline float entry_of(Index token, Index channel) {
  return static_cast<float>(1000 * token + channel);
}

/// Rows of tokens `first` and on, as part of a wider matrix.
class NumberedRows {
 public:
  NumberedRows(Index first, Index count, Index width) : matrix_(count, width + 3), width_(width) {
    for (Index i = 0; i < count; ++i) {
      for (Index j = 0; j < width + 3; ++j) matrix_.view().row(i)[j] = j < width ? entry_of(first + i, j) : -1.0f;
    }
  }

  [[nodiscard]] MatrixView<const float> view() const {
    return {matrix_.view().data, matrix_.rows(), width_, matrix_.columns()};
  }

 private:
  Matrix<float> matrix_;
  Index width_;
};

/// Whether row i is that of token `tokens[i]`.
inline bool holds(MatrixView<const float> rows, const std::vector<Index>& tokens) {
  if (rows.rows != static_cast<Index>(tokens.size())) return false;
  for (Index i = 0; i < rows.rows; ++i) {
    for (Index j = 0; j < rows.columns; ++j) {
      if (rows.row(i)[j] != entry_of(tokens[static_cast<std::size_t>(i)], j)) return false;
    }
  }
  return true;
}

}  // namespace multipruner::test
