// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tensor/xtensor.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE xt::xtensor<float, 2> to_xtensor(const WeightView& weight) {
  require_view(weight, "to_xtensor", "the weight");
  auto copy = xt::xtensor<float, 2>::from_shape(
      {static_cast<std::size_t>(weight.rows), static_cast<std::size_t>(weight.columns)});
  weight.visit([&](const auto matrix) {
    float* target = copy.data();
    for (Index row = 0; row < matrix.rows; ++row) {
      for (Index column = 0; column < matrix.columns; ++column) *target++ = to_float(matrix.row(row)[column]);
    }
  });
  return copy;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
