// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <multipruner/importance/detail/unit_sums.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::vector<double> squared_column_norms(const WeightView& weight) {
  return sum_columns(weight, [](double entry) { return entry * entry; });
}

MULTIPRUNER_INLINE std::vector<double> sum_groups(const std::vector<double>& channels, Index width) {
  std::vector<double> sums(channels.size() / static_cast<std::size_t>(width), 0.0);
  for (std::size_t i = 0; i < channels.size(); ++i) sums[i / static_cast<std::size_t>(width)] += channels[i];
  return sums;
}

MULTIPRUNER_INLINE void add_shared_rows(const std::vector<double>& scores, Index rows, Index unit,
                                        std::vector<double>& channels) {
  for (Index channel = 0; channel < static_cast<Index>(channels.size()); ++channel) {
    const Index first = channel / unit * rows, in_unit = channel % unit;
    double& sum = channels[static_cast<std::size_t>(channel)];
    if (rows <= unit) {
      sum += scores[static_cast<std::size_t>(first + in_unit % rows)];
    } else {
      for (Index row = in_unit; row < rows; row += unit) sum += scores[static_cast<std::size_t>(first + row)];
    }
  }
}

MULTIPRUNER_INLINE std::vector<double> mean_groups(const std::vector<double>& channels, Index width) {
  std::vector<double> means = sum_groups(channels, width);
  for (double& mean : means) mean /= static_cast<double>(width);
  return means;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
