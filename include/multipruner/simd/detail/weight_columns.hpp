#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/quad.hpp>
#include <multipruner/simd/detail/widen.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::simd::detail {

/// Four neighbouring rows of a stored weight, read a few columns at a time.
template <class Scalar>
class FourRows {
 public:
  /// How many elements of a row fill 128 bits.
  static constexpr Index step = 16 / static_cast<Index>(sizeof(Scalar));

  /// The columns k … k + step − 1, each the four elements of the rows.
  using Columns = std::array<Quad, step>;

  /// Rows first … first + 3. Missing ones repeat the last row: what comes of them is never looked at.
  FourRows(MatrixView<const Scalar> weight, Index first) {
    for (Index i = 0; i < 4; ++i) rows_[static_cast<std::size_t>(i)] = weight.row(std::min(first + i, weight.rows - 1));
  }

  [[nodiscard]] Columns columns(Index k) const { return transposed(rows_, k); }

  /// The columns k … k + count − 1 with count < step, and zeros.
  [[nodiscard]] Columns columns(Index k, Index count) const {
    std::array<std::array<Scalar, step>, 4> padded{};
    for (std::size_t i = 0; i < 4; ++i) std::copy_n(rows_[i] + k, count, padded[i].begin());
    return transposed({padded[0].data(), padded[1].data(), padded[2].data(), padded[3].data()}, 0);
  }

 private:
  using Pointers = std::array<const Scalar*, 4>;

  [[nodiscard]] static Columns transposed(const Pointers& rows, Index k) {
    std::array<Quad, 4> words;
    unrolled<4>([&](auto i) { words[i] = Quad::load_unaligned(reinterpret_cast<const float*>(rows[i] + k)); });
    transpose(words);
    if constexpr (std::is_same_v<Scalar, float>) {
      return words;
    } else {
      Columns columns;
      unrolled<4>([&](auto i) {
        const auto [first, second] = widen_pairs<Scalar>(words[i]);
        columns[2 * i] = first;
        columns[2 * i + 1] = second;
      });
      return columns;
    }
  }

  Pointers rows_;
};

}  // namespace multipruner::simd::detail
