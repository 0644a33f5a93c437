// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/widen.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// As many rows of a stored weight as a batch has lanes, read a few columns at a time: the transposition
/// that every product with a row-major weight needs somewhere.
template <class Scalar>
class WeightColumns {
 public:
  /// How many columns are read at a time: a cache line of each row, so that lines which evict each other (rows whose
  /// stride is a power of two) are read once all the same.
  static constexpr Index step = 64 / static_cast<Index>(sizeof(Scalar));

  /// As many rows as there are lanes, every `apart`-th from `first` on. Missing ones repeat the last row: what comes of
  /// them is never looked at.
  WeightColumns(MatrixView<const Scalar> weight, Index first, Index apart = 1) {
    for (Index i = 0; i < lanes; ++i)
      rows_[static_cast<std::size_t>(i)] = weight.row(std::min(first + i * apart, weight.rows - 1));
  }

  /// Asks for the cache line of each row that column k is in. Beyond the end of a row it is one of the next row.
  [[gnu::always_inline]] void prefetch(Index k) const {
    for (const Scalar* const row : rows_) __builtin_prefetch(row + k);
  }

  /// Calls f(0, batch), …, f(step − 1, batch) with the columns k … k + step − 1.
  template <class F>
  [[gnu::always_inline]] void columns(Index k, F&& f) const {
    transpose(rows_, k, f);
  }

  /// Calls f(e, batch) for the columns k … k + count − 1 with count < step.
  template <class F>
  void last_columns(Index k, Index count, F&& f) const {
    alignas(64) std::array<float, step * lanes> columns;
    transpose_last(k, count, columns.data());
    for (Index e = 0; e < count; ++e) f(e, Batch::load_aligned(columns.data() + e * lanes));
  }

 private:
  using Pointers = std::array<const Scalar*, lanes>;

  /// 128 bits of a row hold four words: elements, or pairs of them.
  static constexpr Index word = 4 / static_cast<Index>(sizeof(Scalar));

  /// One function for all uses, because it is rarely called and large.
  [[gnu::noinline]] void transpose_last(Index k, Index count, float* columns) const {
    std::array<std::array<Scalar, step>, lanes> padded{};
    Pointers pointers;
    for (std::size_t i = 0; i < lanes; ++i) {
      std::copy_n(rows_[i] + k, count, padded[i].begin());
      pointers[i] = padded[i].data();
    }
    transpose(pointers, 0, [&](Index e, const Batch& column) { column.store_aligned(columns + e * lanes); });
  }

  template <class F>
  [[gnu::always_inline]] static void transpose(const Pointers& rows, Index k, F&& f) {
    // Batch i of part p: words 4p … 4p + 3 of the rows i, 4 + i, 8 + i, … All parts of a row are read before the next.
    std::array<std::array<Batch, 4>, 4> parts;
    unrolled<4>([&](auto i) {
      unrolled<4>([&](auto part)
                      __attribute__((always_inline)) { parts[part][i] = load_words(rows, i, k + part * 4 * word); });
    });
    unrolled<4>([&](auto part) __attribute__((always_inline)) {
      transpose_quads(parts[part]);
      unrolled<4>([&](auto j) __attribute__((always_inline)) {
        constexpr Index first = (part * 4 + j) * word;
        if constexpr (word == 1) {
          f(std::integral_constant<Index, first>{}, parts[part][j]);
        } else {
          const auto [even, odd] = widen_pairs<Scalar>(parts[part][j]);
          f(std::integral_constant<Index, first>{}, even);
          f(std::integral_constant<Index, first + 1>{}, odd);
        }
      });
    });
  }

  static Batch load_words(const Pointers& rows, Index i, Index k) {
    std::array<const float*, quads> sources;
    unrolled<quads>(
        [&](auto q) { sources[q] = reinterpret_cast<const float*>(rows[static_cast<std::size_t>(4 * q + i)] + k); });
    return load_quads(sources);
  }

  Pointers rows_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
