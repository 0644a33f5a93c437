#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <multipruner/simd/linear.hpp>

namespace multipruner::simd {

/// nll[i] = logsumexp(hidden_i · headᵀ) − logit of labels[i]; 0 where the label is negative.
inline void cross_entropy(MatrixView<const float> hidden, const WeightView& head,
                          std::span<const TokenId> labels, std::span<double> nll) {
  std::vector<float> logits(static_cast<std::size_t>(head.rows));
  for (Index i = 0; i < hidden.rows; ++i) {
    const auto label = labels[static_cast<std::size_t>(i)];
    nll[static_cast<std::size_t>(i)] = 0;
    if (label < 0) continue;
    linear(hidden.row_range(i, 1), head, {}, {logits.data(), 1, head.rows});
    const double max = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (float v : logits) sum += std::exp(v - max);
    nll[static_cast<std::size_t>(i)] = std::log(sum) + max - logits[static_cast<std::size_t>(label)];
  }
}

}  // namespace multipruner::simd
