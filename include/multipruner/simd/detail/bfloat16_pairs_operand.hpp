// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/bfloat16_pairs.hpp>

#if MULTIPRUNER_WITH_BFLOAT16_PAIRS

#include <algorithm>
#include <array>

#include <multipruner/simd/detail/multiply_block.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/widen.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The left operand of products in bfloat16 with AVX-512 BF16.
///
/// These are products of float32 in which every word of k is a pair of elements: panels, register tiles and blocks of k
/// are the same. An element is its own chain over ascending pairs of k within each block.
class BFloat16PairsOperand {
 public:
  /// Tall, because every part packs its rows of the weight anew.
  static constexpr BlockLimits most{1024, 512};

  explicit BFloat16PairsOperand(MatrixView<const float> x)
      : words_(ceil_divide(x.columns, 2)), memory_(x.rows * words_), rounded_(memory_.data(), x.rows, words_) {
    parallel_rows(x.rows, x.columns, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) narrow_row(x.row(i), x.columns, rounded_.row(i));
    });
  }

  /// output = rows first … of x · weightᵀ on one thread; as many rows as the output has.
  void multiply(Index first, const WeightView& weight, const Output& output) const {
    const auto rows = rounded_.row_range(first, output.y.rows);
    if (weight.dtype == DType::bfloat16 && weight.columns % 2 == 0 && weight.stride % 2 == 0) {
      const auto* const pairs = static_cast<const BFloat16Pair*>(weight.data);
      return multiply_block(rows, MatrixView(pairs, weight.rows, words_, weight.stride / 2), output);
    }
    const AlignedBuffer<float> narrow(weight.rows * words_), wide(weight.columns);
    weight.visit([&](auto stored) {
      for (Index i = 0; i < stored.rows; ++i) {
        widen(stored.row(i), stored.columns, wide.data());
        narrow_row(wide.data(), stored.columns, narrow.data() + i * words_);
      }
    });
    const auto* const pairs = reinterpret_cast<const BFloat16Pair*>(narrow.data());
    multiply_block(rows, MatrixView(pairs, weight.rows, words_), output);
  }

 private:
  /// A row rounded to pairs; a zero makes the last one whole.
  static void narrow_row(const float* x, Index columns, float* words) {
    constexpr Index step = 32;
    const Index whole = columns / step * step;
    for (Index k = 0; k < whole; k += step) narrow_step(x + k, words + k / 2);
    if (whole == columns) return;
    alignas(64) std::array<float, step / 2> last;
    narrow_first(x + whole, columns - whole, last.data());
    std::copy_n(last.data(), ceil_divide(columns - whole, 2), words + whole / 2);
  }

  Index words_;
  AlignedBuffer<float> memory_;
  MatrixView<float> rounded_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

#endif
