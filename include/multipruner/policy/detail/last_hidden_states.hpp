// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What the head of a model reads of windows, behind the last norm, to compare other models with it.
class LastHiddenStates {
 public:
  /// The windows must outlive it. @throws DataError for windows that do not fit the model.
  LastHiddenStates(const Graph& graph, std::reference_wrapper<const TokenWindows> windows, simd::Compute compute,
                   Index rows_per_pass);

  /// The mean over windows of the cosine between the hidden states of all tokens of a window, taken as one vector, and
  /// those of another model of the same streams; 0 where one of them is zero. In double and in the order of the tokens,
  /// so that bits depend neither on threads nor on how many windows run together.
  [[nodiscard]] double similarity_to(const Graph& other);

 private:
  template <class OnPass>
  void run(const Graph& graph, OnPass&& on_pass);

  const TokenWindows& windows_;
  Index rows_per_pass_;
  Workspace workspace_;
  Matrix<float> states_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/last_hidden_states.ipp>
#endif
