// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/detail/log_sum_exp.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/detail/soft_cap.hpp>
#include <multipruner/simd/detail/with_operand.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Adds the logits of one chunk to `sums` (one for every row) and notes the logits of the labels that lie in
/// it.
template <class Operand>
void cross_entropy_chunk(const Operand& hidden, Index first_row, const WeightView& head, const LogitTerms& terms,
                         Index chunk, std::span<const TokenId> labels, std::span<float> label_logits,
                         std::span<LogSumExp> sums) {
  const auto rows = static_cast<Index>(labels.size());
  const AlignedBuffer<float> scratch(rows * vocabulary_tile);
  const MatrixView<float> logits(scratch.data(), rows, vocabulary_tile);
  const Index end = std::min((chunk + 1) * vocabulary_chunk, head.rows);
  for (Index token = chunk * vocabulary_chunk; token < end; token += vocabulary_tile) {
    const Index count = std::min(vocabulary_tile, end - token);
    hidden.multiply(first_row, head.row_range(token, count), Output{logits.column_range(0, count)});
    apply(terms, token, logits.column_range(0, count));
    for (Index i = 0; i < rows; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (labels[at] >= token && labels[at] < token + count) label_logits[at] = logits.row(i)[labels[at] - token];
      sums[at].add(log_sum_exp(logits.row(i), count));
    }
  }
}

inline void add_bias(const WeightView& bias, Index first, MatrixView<float> logits) {
  const AlignedBuffer<float> values(logits.columns);
  to_float(bias.column_range(first, logits.columns), {values.data(), 1, logits.columns});
  for (Index i = 0; i < logits.rows; ++i) {
    for (Index j = 0; j < logits.columns; ++j) logits.row(i)[j] += values.data()[j];
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void apply(const LogitTerms& terms, Index first, MatrixView<float> logits) {
  if (!terms.scale.empty()) {
    const float* const scale = terms.scale.data() + first;
    for (Index i = 0; i < logits.rows; ++i) {
      for (Index j = 0; j < logits.columns; ++j) logits.row(i)[j] *= scale[j];
    }
  }
  if (terms.bias) detail::add_bias(terms.bias, first, logits);
  if (terms.factor != 1) {
    for (Index i = 0; i < logits.rows; ++i) {
      for (Index j = 0; j < logits.columns; ++j) logits.row(i)[j] *= terms.factor;
    }
  }
  if (terms.soft_cap == 0) return;
  for (Index i = 0; i < logits.rows; ++i) detail::soft_cap(logits.row(i), logits.columns, terms.soft_cap);
}

MULTIPRUNER_INLINE void cross_entropy(MatrixView<const float> hidden, const WeightView& head,
                                      std::span<const TokenId> labels, std::span<double> nll, Compute compute,
                                      const LogitTerms& terms) {
  using namespace detail;
  constexpr Index most_rows = 512;
  require_view(hidden, "cross_entropy", "the hidden states");
  require_view(head, "cross_entropy", "the head");
  if (terms.bias) require_shape(terms.bias, 1, head.rows, "cross_entropy", "the bias");
  if (!terms.scale.empty()) {
    require_equal(static_cast<Index>(terms.scale.size()), head.rows, "cross_entropy", "the number of scales");
  }
  require_equal(head.columns, hidden.columns, "cross_entropy", "the column count of the head");
  require_equal(static_cast<Index>(labels.size()), hidden.rows, "cross_entropy", "the number of labels");
  require_equal(static_cast<Index>(nll.size()), hidden.rows, "cross_entropy", "the size of nll");
  require(std::ranges::all_of(labels, [&](TokenId label) { return label < head.rows; }), "cross_entropy",
          "a label lies outside of the vocabulary");

  const Index chunks = ceil_divide(head.rows, vocabulary_chunk), blocks = ceil_divide(hidden.rows, most_rows);
  std::vector<LogSumExp> sums(static_cast<std::size_t>(chunks * hidden.rows));
  std::vector<float> label_logits(labels.size());
  with_operand(compute, hidden, [&](const auto& operand) {
    parallel_for(blocks * chunks, [&](Index task) {
      const Index chunk = task / blocks, row = task % blocks * most_rows;
      const auto first = static_cast<std::size_t>(row);
      const auto count = static_cast<std::size_t>(std::min(most_rows, hidden.rows - row));
      const auto block_labels = labels.subspan(first, count);
      if (std::ranges::all_of(block_labels, [](TokenId label) { return label < 0; })) return;
      cross_entropy_chunk(operand, row, head, terms, chunk, block_labels, std::span(label_logits).subspan(first, count),
                          std::span(sums).subspan(static_cast<std::size_t>(chunk * hidden.rows + row), count));
    });
  });
  for (std::size_t i = 0; i < labels.size(); ++i) {
    LogSumExp total;
    for (Index chunk = 0; chunk < chunks; ++chunk) total.add(sums[static_cast<std::size_t>(chunk * hidden.rows) + i]);
    nll[i] = labels[i] < 0 ? 0 : total.value() - static_cast<double>(label_logits[i]);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
