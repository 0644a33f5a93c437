// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/simd/convert.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> L1::scores(const Graph& graph, BlockAxis axis) const {
  std::vector<double> scores = detail::score_input_rows(graph, axis, [](const WeightView& weight, Signal) {
    return detail::sum_rows(weight, [](double entry, Index) { return std::abs(entry); });
  });
  if (reference) round_to_float16(scores);
  return scores;
}

MULTIPRUNER_INLINE void L1::round_to_float16(std::vector<double>& scores) {
  const std::vector<float> single(scores.begin(), scores.end());
  std::vector<Float16> half(scores.size());
  simd::from_float(single, DType::float16, half.data());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = static_cast<double>(to_float(half[i]));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
