// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include <multipruner/tensor/matrix.hpp>

namespace multipruner::test {

/// Numbers of many magnitudes: what tests/oracle/gguf_files.py calls `values`.
inline Matrix<float> gguf_values(Index rows, Index columns, std::uint32_t seed) {
  Matrix<float> values(rows, columns);
  std::uint32_t state = seed;
  for (Index i = 0; i < rows * columns; ++i) {
    state = state * 1664525u + 1013904223u;
    const auto mantissa = static_cast<float>(static_cast<std::int32_t>(state) >> 8);
    values.view().data[i] = std::ldexp(mantissa, static_cast<int>(i / 32 % 9) - 26);
  }
  return values;
}

}  // namespace multipruner::test
