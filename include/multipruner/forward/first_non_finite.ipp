// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <multipruner/forward/first_non_finite.hpp>
#include <multipruner/forward/forward.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE std::string label_of(const NonFinitePlace& place, const ModelConfig& config) {
  if (place.block) {
    const BlockSpec& block = config.blocks[*place.block];
    return block.label() + ", in its " + std::string(block.kind().name_of(place.signal));
  }
  return place.in_embedding ? "the embedding" : "the last norm, or lm_head";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The observer that remembers the first place.
class NonFiniteObserver {
 public:
  void operator()(BlockId block, Signal signal, MatrixView<const float> rows) {
    if (place_ || all_finite(rows)) return;
    // What a block is given by the one before it would have been seen behind that one.
    if (signal == Signal::residual_in) {
      place_ = NonFinitePlace{.in_embedding = true};
    } else {
      place_ = NonFinitePlace{.block = block, .signal = signal};
    }
  }

  [[nodiscard]] static bool all_finite(MatrixView<const float> rows) {
    for (Index row = 0; row < rows.rows; ++row) {
      const std::span<const float> values(rows.row(row), static_cast<std::size_t>(rows.columns));
      if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) return false;
    }
    return true;
  }

  [[nodiscard]] const std::optional<NonFinitePlace>& place() const { return place_; }

 private:
  std::optional<NonFinitePlace> place_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE NonFinitePlace first_non_finite(const ModelView& view, std::span<const TokenId> tokens,
                                                   const SequenceBatch& batch, simd::Compute compute) {
  detail::NonFiniteObserver observer;
  Workspace workspace(compute);
  const Matrix<float> stream = forward(view, tokens, batch, workspace, observer);
  if (observer.place()) return *observer.place();
  return {.in_embedding = !detail::NonFiniteObserver::all_finite(stream.view())};  // of a model without any block
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass
