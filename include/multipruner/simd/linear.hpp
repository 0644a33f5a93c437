#pragma once

#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::simd {

enum class Store { overwrite, add };

/// y = x · weightᵀ + bias (or y += …), in float32.
inline void linear(MatrixView<const float> x, const WeightView& weight, const WeightView& bias,
                   MatrixView<float> y, Store store = Store::overwrite) {
  weight.visit([&](auto w) {
    for (Index i = 0; i < x.rows; ++i) {
      for (Index j = 0; j < w.rows; ++j) {
        float sum = 0;
        for (Index k = 0; k < x.columns; ++k) sum += x.row(i)[k] * to_float(w.row(j)[k]);
        if (bias) bias.visit([&](auto b) { sum += to_float(b.data[j]); });
        y.row(i)[j] = store == Store::add ? y.row(i)[j] + sum : sum;
      }
    }
  });
}

}  // namespace multipruner::simd
