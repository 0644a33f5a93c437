// SPDX-License-Identifier: MIT
#pragma once

#include <random>

#include <support/eigen.hpp>

namespace multipruner::test {

/// Numbers from −1 to 1; the same at every call.
[[nodiscard]] inline RowMajor random_matrix(Index rows, Index columns) {
  std::mt19937 generator(static_cast<unsigned>(rows * 1000 + columns));
  RowMajor matrix(rows, columns);
  for (Index i = 0; i < matrix.size(); ++i)
    matrix.data()[i] = 2.0 * static_cast<double>(generator()) / std::mt19937::max() - 1;
  return matrix;
}

}  // namespace multipruner::test
