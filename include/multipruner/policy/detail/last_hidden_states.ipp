// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/policy/detail/last_hidden_states.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Of all entries of two matrices of one shape, taken as vectors.
inline double cosine_of(MatrixView<const float> a, MatrixView<const float> b) {
  double aa = 0, bb = 0, ab = 0;
  for (Index row = 0; row < a.rows; ++row) {
    for (Index i = 0; i < a.columns; ++i) {
      const double x = a.row(row)[i], y = b.row(row)[i];
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
  }
  return aa == 0 || bb == 0 ? 0.0 : ab / (std::sqrt(aa) * std::sqrt(bb));
}

MULTIPRUNER_INLINE LastHiddenStates::LastHiddenStates(const Graph& graph,
                                                      std::reference_wrapper<const TokenWindows> windows,
                                                      simd::Compute compute, Index rows_per_pass)
    : windows_(windows), rows_per_pass_(rows_per_pass), workspace_(compute) {
  require_windows(windows_);
  states_.resize(static_cast<Index>(windows_.tokens().size()), graph.config().last_stream());
  run(graph, [&](const WindowRange& range, MatrixView<const float> states) {
    std::copy_n(states.data, states.rows * states.columns, states_.view().row(windows_.offset(range.first)));
  });
}

MULTIPRUNER_INLINE double LastHiddenStates::similarity_to(const Graph& other) {
  std::vector<double> cosines(static_cast<std::size_t>(windows_.count()));
  run(other, [&](const WindowRange& range, MatrixView<const float> states) {
    const Index begin = windows_.offset(range.first);
    parallel_for(range.count, [&](Index i) {
      const Index window = range.first + i, first = windows_.offset(window);
      const Index rows = windows_.offset(window + 1) - first;
      cosines[static_cast<std::size_t>(window)] =
          cosine_of(std::as_const(states_).view().row_range(first, rows), states.row_range(first - begin, rows));
    });
  });
  return std::accumulate(cosines.begin(), cosines.end(), 0.0) / static_cast<double>(cosines.size());
}

template <class OnPass>
void LastHiddenStates::run(const Graph& graph, OnPass&& on_pass) {
  for (const WindowRange& range : passes_of(windows_, rows_per_pass_)) {
    const Matrix<float> stream = forward(ModelView(graph), range.tokens(), range.batch(), workspace_);
    on_pass(range, final_norm(graph, stream.view(), workspace_));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
