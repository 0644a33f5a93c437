// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/detail/log_sum_exp.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/detail/with_operand.hpp>
#include <multipruner/simd/softmax_divergence.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Sums over the vocabulary of one row, which arrive piece by piece.
struct DivergenceSums {
  LogSumExp p{}, q{};
  double weighted = 0;  ///< Σ exp(logit of p − largest) · (logit of p − logit of q)

  void add(const DivergenceSums& other) {
    const float both = std::max(p.max, other.p.max);
    weighted = weighted * p.scale_to(both) + other.weighted * other.p.scale_to(both);
    p.add(other.p);
    q.add(other.q);
  }

  [[nodiscard]] double value() const { return std::max(weighted / p.sum - p.value() + q.value(), 0.0); }
};

/// x = x − y in place.
inline void subtract(float* x, const float* y, Index count) {
  for (Index j = 0; j < count; j += lanes) {
    const Index left = count - j;
    store_first(load_first(x + j, left, 0.0f) - load_first(y + j, left, 0.0f), x + j, left);
  }
}

[[nodiscard]] inline double sum_of_products(const float* x, const float* y, Index count) {
  Batch sum(0.0f);
  for (Index j = 0; j < count; j += lanes) {
    const Index left = count - j;
    sum = xsimd::fma(load_first(x + j, left, 0.0f), load_first(y + j, left, 0.0f), sum);
  }
  return sum_of_lanes(sum);
}

/// Of the logits of a tile. Destroys them. @param difference  room for as many
[[nodiscard]] inline DivergenceSums divergence_of_tile(float* p, float* q, float* difference, Index count) {
  std::copy_n(p, count, difference);
  subtract(difference, q, count);
  DivergenceSums sums{.p = log_sum_exp(p, count), .q = log_sum_exp(q, count)};
  sums.weighted = sum_of_products(p, difference, count);
  return sums;
}

/// Adds what one chunk of the vocabulary contributes to `sums`, one for every row.
template <class Operand>
void divergence_of_chunk(const Operand& p, const Operand& q, const Logits& of_p, const Logits& of_q, Index first_row,
                         Index chunk, std::span<DivergenceSums> sums) {
  const auto rows = static_cast<Index>(sums.size());
  const AlignedBuffer<float> scratch((2 * rows + 1) * vocabulary_tile);
  const MatrixView<float> logits_p(scratch.data(), rows, vocabulary_tile);
  const MatrixView<float> logits_q(scratch.data() + rows * vocabulary_tile, rows, vocabulary_tile);
  float* const difference = scratch.data() + 2 * rows * vocabulary_tile;
  const Index end = std::min((chunk + 1) * vocabulary_chunk, of_p.head.rows);
  for (Index token = chunk * vocabulary_chunk; token < end; token += vocabulary_tile) {
    const Index count = std::min(vocabulary_tile, end - token);
    p.multiply(first_row, of_p.head.row_range(token, count), Output{logits_p.column_range(0, count)});
    q.multiply(first_row, of_q.head.row_range(token, count), Output{logits_q.column_range(0, count)});
    apply(of_p.terms, token, logits_p.column_range(0, count));
    apply(of_q.terms, token, logits_q.column_range(0, count));
    for (Index i = 0; i < rows; ++i) {
      sums[static_cast<std::size_t>(i)].add(divergence_of_tile(logits_p.row(i), logits_q.row(i), difference, count));
    }
  }
}

inline void require_logits(const Logits& logits, Index rows, Index vocabulary) {
  require_view(logits.hidden, "softmax_divergence", "the hidden states");
  require_view(logits.head, "softmax_divergence", "the head");
  require_equal(logits.head.columns, logits.hidden.columns, "softmax_divergence", "the column count of the head");
  require_equal(logits.hidden.rows, rows, "softmax_divergence", "the number of rows");
  require_equal(logits.head.rows, vocabulary, "softmax_divergence", "the size of the vocabulary");
  if (logits.terms.bias) require_shape(logits.terms.bias, 1, vocabulary, "softmax_divergence", "the bias");
  if (logits.terms.scale.empty()) return;
  require_equal(static_cast<Index>(logits.terms.scale.size()), vocabulary, "softmax_divergence",
                "the number of scales");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void softmax_divergence(const Logits& p, const Logits& q, std::span<const TokenId> labels,
                                           std::span<double> kl, Compute compute) {
  using namespace detail;
  constexpr Index most_rows = 256;
  const Index rows = p.hidden.rows;
  require_logits(p, rows, p.head.rows);
  require_logits(q, rows, p.head.rows);
  require_equal(static_cast<Index>(labels.size()), rows, "softmax_divergence", "the number of labels");
  require_equal(static_cast<Index>(kl.size()), rows, "softmax_divergence", "the size of kl");
  const Index chunks = ceil_divide(p.head.rows, vocabulary_chunk), blocks = ceil_divide(rows, most_rows);
  std::vector<DivergenceSums> sums(static_cast<std::size_t>(chunks * rows));
  with_operand(compute, p.hidden, [&](const auto& operand_p) {
    using Operand = std::remove_cvref_t<decltype(operand_p)>;
    const Operand operand_q(q.hidden);
    parallel_for(blocks * chunks, [&](Index task) {
      const Index chunk = task / blocks, row = task % blocks * most_rows, count = std::min(most_rows, rows - row);
      const auto some = labels.subspan(static_cast<std::size_t>(row), static_cast<std::size_t>(count));
      if (std::ranges::all_of(some, [](TokenId label) { return label < 0; })) return;
      divergence_of_chunk(operand_p, operand_q, p, q, row, chunk,
                          std::span(sums).subspan(static_cast<std::size_t>(chunk * rows + row), some.size()));
    });
  });
  for (std::size_t i = 0; i < labels.size(); ++i) {
    DivergenceSums total;
    for (Index chunk = 0; chunk < chunks; ++chunk) total.add(sums[static_cast<std::size_t>(chunk * rows) + i]);
    kl[i] = labels[i] < 0 ? 0 : total.value();
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
