// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <numeric>
#include <vector>

#include <multipruner/calibration/detail/require_labels.hpp>
#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/importance/kl_divergence.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What the head of the reference reads on windows of tokens, window by window, known by their tokens.
class ReferenceStates {
 public:
  explicit ReferenceStates(const Graph& reference) : reference_(reference) {}

  [[nodiscard]] const Graph& reference() const { return reference_; }

  /// One row a token of the range.
  [[nodiscard]] Matrix<float> of(const WindowRange& range, Workspace& workspace) {
    const std::lock_guard lock(mutex_);
    Matrix<float> rows(range.rows(), reference_.config().last_stream());
    Index row = 0;
    for (Index i = range.first; i < range.first + range.count; ++i) {
      const Matrix<float>& window = states_of({range.windows, i, 1}, workspace);
      for (Index token = 0; token < window.rows(); ++token, ++row) {
        std::copy_n(window.view().row(token), window.columns(), rows.view().row(row));
      }
    }
    return rows;
  }

 private:
  const Matrix<float>& states_of(const WindowRange& window, Workspace& workspace) {
    const std::uint64_t key = Fingerprint().add(window.tokens()).value();
    const auto known = states_.find({key, workspace.compute()});
    if (known != states_.end()) return known->second;
    const Matrix<float> stream = forward(ModelView(reference_), window.tokens(), window.batch(), workspace);
    Matrix<float> states(stream.rows(), stream.columns());
    head_inputs(reference_, stream.view(), states.view());
    return states_.emplace(Key{key, workspace.compute()}, std::move(states)).first->second;
  }

  using Key = std::pair<std::uint64_t, simd::Compute>;

  const Graph& reference_;
  std::mutex mutex_;
  std::map<Key, Matrix<float>> states_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE KlDivergence::KlDivergence(const Graph& reference)
    : states_(std::make_shared<detail::ReferenceStates>(reference)) {}

MULTIPRUNER_INLINE void KlDivergence::window_costs(const ModelView& view, MatrixView<const float> stream,
                                                   const WindowRange& windows, std::span<double> costs,
                                                   Workspace& workspace) const {
  const Matrix<float> states = states_->of(windows, workspace);
  const std::vector<TokenId> labels = windows.labels();
  std::vector<double> divergences(labels.size());
  token_divergences(states_->reference(), states.view(), view.graph(), stream, labels, divergences, workspace);
  window_means(windows, labels, divergences, costs);
  detail::require_labels(windows, costs, "calibration");
}

MULTIPRUNER_INLINE double KlDivergence::combine(const ModelView&, std::span<const double> costs) const {
  return std::accumulate(costs.begin(), costs.end(), 0.0) / static_cast<double>(costs.size());
}

MULTIPRUNER_INLINE double KlDivergence::lower_bound(const ModelView&, std::span<const double> costs,
                                                    Index windows) const {
  return std::accumulate(costs.begin(), costs.end(), 0.0) / static_cast<double>(windows);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
