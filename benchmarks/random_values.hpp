// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::benchmark {

/// Values in [−1, 1), the same for the same seed everywhere; aligned and cheap, for a benchmark fills gigabytes with
/// them.
[[nodiscard]] inline AlignedBuffer<float> random_values(Index count, std::uint64_t seed = 1, float scale = 1) {
  AlignedBuffer<float> values(count);
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (float& value : values.span()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = scale * (static_cast<float>(state >> 40) * 0x1p-23f - 1);
  }
  return values;
}

/// A random matrix in one of the scalar types that checkpoints have.
class StoredMatrix {
 public:
  StoredMatrix(Index rows, Index columns, DType dtype, std::uint64_t seed = 1, float scale = 1)
      : memory_(rows * columns * size_of(dtype)), view_(memory_.data(), dtype, rows, columns, columns) {
    const AlignedBuffer<float> values = random_values(rows * columns, seed, scale);
    simd::from_float(values.span(), dtype, memory_.data());
  }

  [[nodiscard]] const WeightView& view() const { return view_; }

 private:
  AlignedBuffer<char> memory_;
  WeightView view_;
};

}  // namespace multipruner::benchmark
