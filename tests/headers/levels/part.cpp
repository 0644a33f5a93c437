// SPDX-License-Identifier: MIT
// Compiled twice, for two instruction-set levels, and linked into one program.
#include "part.hpp"

#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/linear.hpp>

float PRODUCT(std::ptrdiff_t length) {
  using namespace multipruner;
  std::vector<float> x(static_cast<std::size_t>(length), 3), weight(static_cast<std::size_t>(length), 4), y(1);
  parallel_for(1, [&](Index) {
    simd::linear({x.data(), 1, length}, WeightView(weight.data(), 1, length), {}, {y.data(), 1, 1});
  });
  return y[0];
}
